//! The host of a URL, as credentials are bound to it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A host, and a port where it is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Reads `host` or `host:port`, and nothing else: no scheme, no path, no user.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !text.ends_with(']') => {
                let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
                (name, Some(port.parse().ok().filter(|_| is_number)?))
            }
            _ => (text, None),
        };
        let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let is_host = match address {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
        };
        is_host.then(|| Self { name: name.to_ascii_lowercase(), port })
    }

    /// Whether it is this machine itself: what goes there crosses no network.
    pub fn is_loopback(&self) -> bool {
        let inner = self.name.trim_start_matches('[').trim_end_matches(']');
        self.name == "localhost"
            || inner.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            || inner.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback())
    }

    fn port_over(&self, scheme: Scheme) -> u16 {
        self.port.unwrap_or(match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The transports over which passwords are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

/// Where a URL of these transports leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub scheme: Scheme,
    pub host: Host,
}

impl Address {
    /// Reads the beginning of a URL; `None` if it is not of these transports.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        Some(Self { scheme, host: Host::parse(host)? })
    }

    /// Whether this host is meant: its name and its port.
    pub fn is_at(&self, host: &Host) -> bool {
        self.host.name == host.name && self.host.port_over(self.scheme) == host.port_over(self.scheme)
    }

    /// Whether nobody on the way can read what is sent.
    pub fn is_private(&self) -> bool {
        self.scheme == Scheme::Https || self.host.is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_strictly() {
        for good in ["example.com", "git.example.com:8443", "127.0.0.1", "[::1]:80", "[::1]", "a_b-c"] {
            assert_eq!(Host::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "https://h", "h/x", "ada@h", "h:", "h:+1", "h:99999", "*.h", "h h", "[x]", "h\n", "::1", "é"] {
            assert_eq!(Host::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_host_is_its_name_and_its_port() {
        let is_at = |url: &str, host: &str| Address::parse(url).unwrap().is_at(&Host::parse(host).unwrap());
        assert!(
            is_at("https://H.com/x", "h.com") && is_at("https://ada@h.com:443", "h.com") && is_at("http://h", "h:80")
        );
        assert!(is_at("https://h:8443/x", "H:8443"));
        for (url, host) in
            [("https://h:8443", "h"), ("https://h", "h:8443"), ("https://h.evil.com", "h"), ("https://h@evil", "h")]
        {
            assert!(!is_at(url, host), "{url} {host}");
        }
        assert_eq!(Address::parse("ssh://h/x"), None);
        assert_eq!(Address::parse("h"), None);
    }

    #[test]
    fn only_this_machine_is_private_without_https() {
        let is_private = |url: &str| Address::parse(url).unwrap().is_private();
        for url in ["https://h", "http://127.0.0.1:8080/x", "http://127.9.9.9", "http://[::1]/", "http://localhost"] {
            assert!(is_private(url), "{url}");
        }
        for url in ["http://h", "http://localhost.evil.com", "http://127.0.0.1.evil.com", "http://10.0.0.1"] {
            assert!(!is_private(url), "{url}");
        }
    }
}
