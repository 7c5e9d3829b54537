//! A small npm registry: what npm itself asks of one to publish, to look and to install. No real one can be had without
//! the network.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::{TestEnvironment, has_program};

/// What lets a person publish; it must not be seen anywhere.
pub const TOKEN: &str = "npm_s3cretTokenOfAda";

const SERVER: &str = r#"
const http = require('http'), fs = require('fs'), crypto = require('crypto');
const [folder, token] = process.argv.slice(2);
const packages = new Map(), archives = new Map();
const note = (line) => fs.appendFileSync(`${folder}/log`, line + '\n');
const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const answer = (status, body) => {
      note(`${request.method} ${request.url} ${status}`);
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      response.writeHead(status, { 'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json' });
      response.end(bytes);
    };
    if (fs.existsSync(`${folder}/down`)) return answer(503, { error: 'the registry is being mended' });
    const url = decodeURIComponent(request.url.split('?')[0]).slice(1);
    if (archives.has(url)) return answer(200, archives.get(url));
    if (request.method === 'GET') {
      return packages.has(url) ? answer(200, packages.get(url)) : answer(404, { error: 'not found' });
    }
    if (request.method !== 'PUT') return answer(405, { error: 'only GET and PUT' });
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { error: 'who are you' });
    const sent = JSON.parse(Buffer.concat(parts));
    const held = packages.get(url) || { _id: url, name: url, 'dist-tags': {}, versions: {} };
    for (const [version, manifest] of Object.entries(sent.versions)) {
      if (held.versions[version]) return answer(409, { error: `${url}@${version} is there already` });
      if (fs.existsSync(`${folder}/refuse`) && fs.readFileSync(`${folder}/refuse`, 'utf8') === url) {
        return answer(403, { error: 'this one is not wanted here' });
      }
      const bytes = Buffer.from(Object.values(sent._attachments)[0].data, 'base64');
      const place = `${url}/-/${version}.tgz`;
      archives.set(place, bytes);
      const hash = (kind, form) => crypto.createHash(kind).update(bytes).digest(form);
      manifest.dist = {
        tarball: `http://127.0.0.1:${server.address().port}/${place}`,
        shasum: hash('sha1', 'hex'), integrity: `sha512-${hash('sha512', 'base64')}`,
      };
      held.versions[version] = manifest;
    }
    Object.assign(held['dist-tags'], sent['dist-tags']);
    note(`tags ${JSON.stringify(sent['dist-tags'])} access ${sent.access}`);
    packages.set(url, held);
    if (fs.existsSync(`${folder}/silent`)) return request.socket.destroy();
    answer(201, { ok: true });
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"#;

/// A registry on the machine of a test.
pub struct Registry<'e> {
    env: &'e TestEnvironment,
    pub url: String,
    process: Child,
}

impl<'e> Registry<'e> {
    /// Starts one; or what is missing for it.
    pub fn start(env: &'e TestEnvironment) -> Result<Self, String> {
        for program in ["node", "npm"] {
            if !has_program(program) {
                return Err(format!("no {program} on this machine"));
            }
        }
        let folder = env.folder("registry");
        folder.write("server.js", SERVER).write("log", "");
        let mut command = env.command("node", folder.path());
        command.arg("server.js").arg(folder.path()).arg(TOKEN).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| error.to_string())?;
        let mut port = String::new();
        let says = BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut port);
        says.map_err(|error| error.to_string())?;
        Ok(Self { env, url: format!("http://127.0.0.1:{}/", port.trim()), process })
    }

    /// The person may publish there: their own npm knows the token.
    pub fn log_in(&self) -> &Self {
        let place = self.url.trim_start_matches("http:");
        self.env.folder("home").write(".npmrc", format!("{place}:_authToken={TOKEN}\nfetch-retries=0\n"));
        self
    }

    /// What it was asked since it began, and what it answered.
    pub fn log(&self) -> String {
        self.env.folder("registry").read("log")
    }
}

impl Drop for Registry<'_> {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
