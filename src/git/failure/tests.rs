use super::*;
use std::path::Path;

fn recognised(said: &str) -> RemoteFailure {
    let url = RemoteUrl::parse("https://h/x", Path::new("/")).unwrap();
    RemoteFailure::recognise(&url, said)
}

#[test]
fn what_git_and_hosts_say_is_told_apart() {
    for (said, expected) in [
        (
            "fatal: the receiving end does not support --atomic push\nfatal: the remote end hung up unexpectedly",
            AtomicUnsupported,
        ),
        (
            "fatal: detected dubious ownership in repository at '/srv/x'\nfatal: Could not read from remote repository.",
            DubiousOwnership,
        ),
        ("remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly", DiskFull),
        ("remote: fatal: unable to write loose object file: File too large", DiskFull),
        (
            "fatal: sha1 file '/x/tmp_idx_Hqtodf' write error. Out of diskspace\nfatal: fetch-pack: invalid index-pack output",
            DiskFull,
        ),
        ("error: cannot update ref 'refs/tags/a@0.0.1': couldn't write '/x/refs/tags/a@0.0.1.lock'", DiskFull),
        ("fatal: transport 'ext' not allowed", TransportRefused),
        ("fatal: unable to access 'http://h/x/': Received HTTP/0.9 when not allowed", NotARepository),
        ("fatal: unable to access 'https://h/x/': Could not resolve host: h", HostUnknown),
        (
            "ssh: Could not resolve hostname h: Name or service not known\nfatal: Could not read from remote repository.",
            HostUnknown,
        ),
        (
            "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
            BrokeOff,
        ),
        ("Get lost.\nfatal: Could not read from remote repository.", Other),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", HostNotTrusted),
        ("fatal: unable to access 'https://h/x/': SSL certificate problem: self-signed certificate", HostNotTrusted),
        ("fatal: could not read Username for 'https://h': terminal prompts disabled", AuthenticationFailed),
        ("fatal: unable to get password from user", AuthenticationFailed),
        ("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.", AuthenticationFailed),
        ("remote: Invalid credentials\nfatal: Authentication failed for 'https://h/x/'", AuthenticationFailed),
        (
            "remote: Permission to x/y.git denied to ada.\nfatal: unable to access 'https://h/x/': The requested URL returned error: 403",
            PermissionDenied,
        ),
        (
            "error: remote unpack failed: unable to create temporary object directory\nerror: failed to push some refs to '/srv/x'",
            PermissionDenied,
        ),
        (
            "remote: error: insufficient permission for adding an object to repository database ./objects",
            PermissionDenied,
        ),
        ("error: 41 bytes of body are still expected\nfatal: expected flush after ref listing", Unreachable),
        ("fatal: mismatched algorithms: client sha1; server sha256", OtherIds),
        ("fatal: https://h/x/info/refs not valid: is this a git repository?", NotARepository),
        ("fatal: protocol error: bad line length character: Welc", NotARepository),
        ("remote: Repository not found.\nfatal: repository 'https://h/x/' not found", NotFound),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", NotFound),
        ("fatal: remote error: access denied or repository not exported: /x", NotFound),
        ("fatal: couldn't find remote ref refs/tags/a", Missing),
        ("fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111", Missing),
        (
            "error: RPC failed; HTTP 500 curl 22 The requested URL returned error: 500\nfatal: the remote end hung up unexpectedly",
            HostBroken,
        ),
        (
            "remote: You have exceeded a secondary rate limit\nfatal: unable to access 'https://h/x/': The requested URL returned error: 403",
            RateLimited,
        ),
        ("fatal: unable to access 'https://h/x/': The requested URL returned error: 429", RateLimited),
        (
            "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nfatal: the remote end hung up unexpectedly",
            TooLarge,
        ),
        (
            "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
            Unreachable,
        ),
        ("fatal: unable to connect to h:\nh[0: 127.0.0.1]: errno=Connection refused", Unreachable),
        (
            "remote: fatal: unable to read b44ec6b00c89c3b02db11c579852345fd3f7cb8d\nremote: aborting due to possible repository corruption on the remote side.\nfatal: early EOF",
            Damaged,
        ),
        (
            "send-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
            Unreachable,
        ),
        ("fatal: something new", Other),
    ] {
        assert_eq!(recognised(said), expected, "{said}");
    }
}

/// What git says of hosts that fail, of limits and of connections that break: another attempt may go better.
const PASSES: &[&str] = &[
    "fatal: unable to access 'https://h/x/': The requested URL returned error: 500",
    "fatal: unable to access 'https://h/x/': The requested URL returned error: 502",
    "error: RPC failed; HTTP 503 curl 22 The requested URL returned error: 503\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
    "remote: Internal Server Error.\nfatal: unable to access 'https://h/x/': The requested URL returned error: 504",
    "fatal: unable to access 'https://h/x/': The requested URL returned error: 429",
    "fatal: unable to access 'https://h/x/': The requested URL returned error: 408",
    "remote: You have exceeded a secondary rate limit. Please wait a few minutes before you try again.\nfatal: unable to access 'https://h/x/': The requested URL returned error: 403",
    "fatal: unable to access 'https://h/x/': Failed to connect to h port 443 after 3 ms: Couldn't connect to server",
    "fatal: unable to access 'https://h/x/': Recv failure: Connection reset by peer",
    "fatal: unable to access 'https://h/x/': Empty reply from server",
    "fatal: unable to access 'https://h/x/': OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443",
    "fatal: unable to access 'https://h/x/': TLS connect error: error:0A000126:SSL routines::unexpected eof while reading",
    "fatal: unable to access 'https://h/x/': gnutls_handshake() failed: The TLS connection was non-properly terminated.",
    "fatal: unable to access 'https://h/x/': GnuTLS recv error (-54): Error in the pull function.",
    "fatal: unable to access 'https://h/x/': HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)",
    "fatal: unable to access 'https://h/x/': transfer closed with outstanding read data remaining",
    "fatal: unable to access 'https://h/x/': Operation timed out after 300000 milliseconds with 0 out of 0 bytes received",
    "error: RPC failed; curl 56 OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading, errno 0\nfetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
    "error: RPC failed; curl 55 Send failure: Broken pipe\nfatal: the remote end hung up unexpectedly",
    "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\nfatal: the remote end hung up unexpectedly",
    "ssh: connect to host h port 22: Connection timed out\nfatal: Could not read from remote repository.",
    "ssh: connect to host h port 22: No route to host\nfatal: Could not read from remote repository.",
    "ssh: connect to host h port 22: Network is unreachable\nfatal: Could not read from remote repository.",
    "kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.",
    "Connection to h closed by remote host.\nfatal: Could not read from remote repository.",
    "client_loop: send disconnect: Broken pipe\nfatal: the remote end hung up unexpectedly",
    "fatal: unable to connect to h:\nh[0: 127.0.0.1]: errno=Connection refused",
    "fatal: read error: Connection reset by peer",
    "fatal: the remote end hung up unexpectedly",
    "fatal: early EOF",
    "",
];

/// Asking again is no use, or does harm.
const STAYS: &[&str] = &[
    "fatal: Authentication failed for 'https://h/x/'",
    "remote: HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled\nfatal: Authentication failed for 'https://h/x/'",
    "error: RPC failed; HTTP 401 curl 22 The requested URL returned error: 401\nfatal: the remote end hung up unexpectedly",
    "fatal: could not read Username for 'https://h': terminal prompts disabled",
    "fatal: could not read Password for 'https://ada@h': No such device or address",
    "git@h: Permission denied (publickey,password).\nfatal: Could not read from remote repository.",
    "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 127.0.0.1 port 22\nfatal: Could not read from remote repository.",
    "fatal: unable to access 'https://h/x/': The requested URL returned error: 403",
    "error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403\nfatal: the remote end hung up unexpectedly",
    "ERROR: The project you were looking for could not be found.\nfatal: Could not read from remote repository.",
    "fatal: repository 'https://h/x/' not found",
    "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nfatal: the remote end hung up unexpectedly",
    "Host key verification failed.\nfatal: Could not read from remote repository.",
    "fatal: unable to access 'https://h/x/': server certificate verification failed. CAfile: none CRLfile: none",
    "fatal: unable to access 'https://h/x/': Could not resolve host: h",
    "fatal: https://h/x/info/refs not valid: is this a git repository?",
    "fatal: detected dubious ownership in repository at '/srv/x'",
    "remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly",
    "fatal: transport 'ext' not allowed",
    "fatal: couldn't find remote ref refs/tags/a",
    "remote: aborting due to possible repository corruption on the remote side.\nfatal: early EOF",
    "fatal: the receiving end does not support --atomic push\nfatal: the remote end hung up unexpectedly",
    "fatal: something new",
];

#[test]
fn what_may_pass_is_asked_again_and_nothing_else() {
    let passes = |said: &&&str| recognised(said).is_passing();
    assert_eq!(PASSES.iter().filter(|said| !passes(said)).collect::<Vec<_>>(), [&""; 0]);
    assert_eq!(STAYS.iter().filter(passes).collect::<Vec<_>>(), [&""; 0]);
    // Each kind has its row: one that is new is given a thought.
    let all = PASSES.iter().chain(STAYS).map(|said| recognised(said));
    let kinds: std::collections::BTreeSet<String> = all.map(|kind| kind.to_string()).collect();
    assert_eq!(kinds.len(), 18, "{kinds:?}");
}

#[test]
fn what_is_only_warned_of_does_not_decide() {
    let refused = "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.";
    let reset =
        "kex_exchange_identification: read: Connection reset by peer\nfatal: Could not read from remote repository.";
    let key = "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.";
    let silent = "fatal: Could not read from remote repository.";
    for warning in [
        "Warning: Identity file /nope not accessible: No such file or directory.",
        "no such identity: /nope: No such file or directory",
        "Load key \"/root/key\": Permission denied",
        "warning: unable to access '/root/.config/git/attributes': Permission denied",
        "Warning: Permanently added 'h' (ED25519) to the list of known hosts.",
    ] {
        let why = [(refused, Unreachable), (reset, Unreachable), (key, AuthenticationFailed), (silent, BrokeOff)];
        for (words, expected) in why {
            assert_eq!(recognised(&format!("{warning}\n{words}")), expected, "{warning}\n{words}");
        }
        let told = last_words(&format!("{warning}\n{refused}"));
        assert_eq!(told, "ssh: connect to host h port 22: Connection refused");
    }
}

#[test]
fn a_hook_that_talks_of_passwords_does_not_decide() {
    let said = "remote: authentication failed to amuse me\nfatal: unable to access 'https://h/x/': The requested URL returned error: 403";
    assert_eq!(recognised(said), PermissionDenied);
}

#[test]
fn last_words_are_telling_and_hold_no_secret() {
    let said = "remote: Counting objects: 1, done.\nremote: \nremote: Your token=abc is old        \nfatal: unable to access 'https://a:pw@h/x/': 403\nPlease make sure you have the correct access rights\nand the repository exists.";
    assert_eq!(last_words(said), "Your token=*** is old; unable to access 'https://***@h/x/': 403");
    assert_eq!(last_words("fatal: the remote end hung up unexpectedly"), "the remote end hung up unexpectedly");
    assert_eq!(last_words(""), "it said nothing");
}

#[test]
fn an_error_knows_its_failure_and_has_a_hint() {
    let url = RemoteUrl::parse("https://h/x", Path::new("/")).unwrap();
    let error = NotFound.error(&url, "it is not");
    assert_eq!(RemoteFailure::of(&error), Some(NotFound));
    let shown = errors::report(&error);
    assert_eq!(shown.kind, "remote-not-found-there");
    assert!(shown.message.contains("https://h/x") && shown.message.contains("it is not") && !shown.hint.is_empty());
}
