"""Git hosts: one over smart HTTP that is far away, and git's own daemon."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import workspace


class Daemon:
    """Serves the repositories of a folder by `git daemon`, where everybody may push, until it is left."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder

    def __enter__(self):
        options = ["--export-all", "--enable=receive-pack", "--reuseaddr", "--listen=127.0.0.1"]
        command = ["git", "daemon", *options, f"--port={self.port}", f"--base-path={self.folder}", self.folder]
        # In a group of its own: what answers is a child of it.
        self.process = subprocess.Popen(command, env=workspace.git_environment(), stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                time.sleep(0.01)
        sys.exit("git daemon does not start")

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()

    def url(self, repository):
        return f"git://127.0.0.1:{self.port}/{repository.relative_to(self.folder)}"


class Far:
    """Serves the repositories of a folder by `git http-backend`, until it is left. Every answer comes a while later."""

    def __init__(self, folder, seconds):
        class Handler(BaseHTTPRequestHandler):
            # Connections stay open, as hosts keep them.
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                answer(self, b"")

            def do_POST(self):
                answer(self, body(self))

            def log_message(self, *words):
                pass

        def body(request):
            if request.headers.get("Transfer-Encoding") != "chunked":
                return request.rfile.read(int(request.headers.get("Content-Length", 0)))
            chunks = []
            while size := int(request.rfile.readline(), 16):
                chunks.append(request.rfile.read(size))
                request.rfile.readline()
            request.rfile.readline()
            return b"".join(chunks)

        def answer(request, given):
            begun = time.perf_counter()
            path, _, query = request.path.partition("?")
            environment = workspace.git_environment() | {
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": request.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": request.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(given)),
                "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
                "REMOTE_USER": "bench",
                "REMOTE_ADDR": "127.0.0.1",
            }
            done = subprocess.run(["git", "http-backend"], env=environment, input=given, stdout=subprocess.PIPE)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
            status = next((value for name, value in headers if name == "Status"), "200 OK")
            time.sleep(seconds)
            spent.append(time.perf_counter() - begun)
            request.send_response(int(status.split(" ")[0]))
            for name, value in headers:
                if name != "Status":
                    request.send_header(name, value)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)

        # How long each answer took.
        self.spent = spent = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
