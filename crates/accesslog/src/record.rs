//! One request, as a log holds it.

use crate::{Escape, Time};

/// One request as written: every value borrows from its line, quotes and brackets stripped, nothing undone.
///
/// `None` is what the format lacks or the writer left out (`-`). A value that was logged empty is
/// `Some(b"")`. The names are those of the common log format and of RFC 9112.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// The bytes that it was read from, as they stand at its [`Position`](crate::Position): its line, or its element of a
    /// document. Whoever reads a source sets it; a format alone leaves it empty.
    pub raw: &'a [u8],
    /// When, as the server stamps it: some stamp the beginning of the request, some its end.
    pub time: Option<Time>,
    /// The remote host as written: an address, a name, or a socket (`unix:`).
    pub client: Option<&'a [u8]>,
    /// The user that authenticated, or the principal that signed.
    pub user: Option<&'a [u8]>,
    /// The request line whole, where the format keeps it whole.
    pub request: Option<&'a [u8]>,
    /// The method (RFC 9110, section 9). `None` where the client sent no request line (`\x16\x03\x01`).
    pub method: Option<&'a [u8]>,
    /// The request-target (RFC 9112, section 3.2), blanks included where the client sent them.
    pub target: Option<&'a [u8]>,
    /// The query, without its `?`, where the format keeps it apart from the target.
    pub query: Option<&'a [u8]>,
    /// The protocol and its version, `HTTP/1.1`.
    pub protocol: Option<&'a [u8]>,
    /// The status code. Servers also write 0 and 499 where they sent no answer.
    pub status: Option<u16>,
    /// The size of the reply in bytes: of the body, or with its headers, as the format defines it.
    pub bytes: Option<u64>,
    /// The `Referer` field of the request.
    pub referer: Option<&'a [u8]>,
    /// The `User-Agent` field of the request.
    pub agent: Option<&'a [u8]>,
    /// The host that was asked for: the virtual host, or the `Host` field.
    pub host: Option<&'a [u8]>,
    /// How long the request took, in nanoseconds.
    pub duration: Option<u64>,
    /// The `X-Forwarded-For` list, the first client leftmost.
    pub forwarded: Option<&'a [u8]>,
    /// The id that the server gave to the request.
    pub request_id: Option<&'a [u8]>,
    /// The scheme by which the client came: `https`.
    pub scheme: Option<&'a [u8]>,
    /// The port that it came to.
    pub port: Option<u16>,
    /// The size of the request in bytes, with its headers or without, as the format defines it.
    pub request_bytes: Option<u64>,
    /// The server behind the one that wrote the log, address and port.
    pub upstream: Option<&'a [u8]>,
    /// The version of TLS between client and server, as written: `TLSv1.3`.
    pub tls_version: Option<&'a [u8]>,
    /// The cipher of that, as written.
    pub tls_cipher: Option<&'a [u8]>,
    /// What the log of a cloud service says beyond that.
    pub cloud: Option<Cloud<'a>>,
    /// How the values were escaped when they were written.
    pub escape: Escape,
}

/// What the log of a cloud service says of a request beyond HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cloud<'a> {
    /// The operation: `REST.GET.OBJECT`.
    pub operation: Option<&'a [u8]>,
    /// The bucket.
    pub bucket: Option<&'a [u8]>,
    /// The key of the object in its bucket, encoded as written (often twice).
    pub key: Option<&'a [u8]>,
    /// The error code of the service, `AccessDenied`.
    pub error: Option<&'a [u8]>,
    /// The service that was called, `ec2.amazonaws.com`.
    pub service: Option<&'a [u8]>,
    /// The region that it was called in.
    pub region: Option<&'a [u8]>,
    /// The principal that called: an ARN, an account, a canonical id.
    pub principal: Option<&'a [u8]>,
    /// The id of the access key that signed. It names a key and is none.
    pub access_key_id: Option<&'a [u8]>,
}
