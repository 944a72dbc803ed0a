//! Zoraxy's log of requests: everything about the client in brackets, then the request and its status.
//!
//! The time has no zone and is taken for UTC. Go's own logger may have put its time before it. What a client sends as its agent stands in
//! brackets as it came, so the request is read from the end of the line, where no blank can stand in it.

use memchr::memrchr;

use crate::address::is_address;
use crate::field::Sink;
use crate::grammar::{is_token, status, word};
use crate::{Fault, Format, Record, Value, time};

/// `[time] [router:name] [origin:host] [client: address] [useragent: agent] METHOD target status`.
pub(crate) struct Zoraxy;

impl Format for Zoraxy {
    fn name(&self) -> &'static str {
        "zoraxy"
    }

    fn about(&self) -> &'static str {
        "Zoraxy reverse proxy log"
    }

    fn example(&self) -> &'static str {
        "[2024-05-01 00:02:15.150624] [router:host-http] [origin:shop.example] [client: 192.0.2.7] [useragent: Mozilla/5.0] GET /a?b=1 200"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let fault = |rest: &[u8], expected| Fault { at: line.len() - rest.len(), expected };
        let rest = behind_go_time(line);
        let (stamp, rest) = bracketed(rest, b"[").ok_or(fault(rest, "a time in brackets"))?;
        let time = time::any(stamp).flatten().ok_or(fault(line, "a time in brackets"))?;
        let (_, rest) = bracketed(rest, b"[router:").ok_or(fault(rest, "a router in brackets"))?;
        let (host, rest) = bracketed(rest, b"[origin:").ok_or(fault(rest, "the host that was asked, in brackets"))?;
        let (client, rest) = bracketed(rest, b"[client: ")
            .filter(|(client, _)| is_address(client))
            .ok_or(fault(rest, "the address of a client in brackets"))?;
        let agent = rest.strip_prefix(b"[useragent: ").ok_or(fault(rest, "an agent in brackets"))?;
        let (agent, code) = last_word(agent.trim_ascii_end()).ok_or(fault(agent, "a request and its status"))?;
        let (agent, target) = last_word(agent).ok_or(fault(agent, "a request and its status"))?;
        let (agent, method) = last_word(agent).ok_or(fault(agent, "a request and its status"))?;
        let (code, _) = status(code).ok_or(fault(code, "a status of three digits"))?;
        let agent = agent.strip_suffix(b"]").filter(|_| is_token(method)).ok_or(fault(method, "a method"))?;
        Ok(Some(Record {
            time: Some(time),
            client: Some(client),
            method: Some(method),
            target: Some(target),
            status: code,
            agent: Some(agent).filter(|agent| !agent.is_empty()),
            host: Some(host).filter(|host| !host.is_empty()),
            ..Record::default()
        }))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        let router = bracketed(behind_go_time(line), b"[").and_then(|(_, rest)| bracketed(rest, b"[router:"));
        if let Some((router, _)) = router {
            sink("router", Value::Text(router));
        }
    }
}

/// What stands behind the time of Go's logger, `2024/05/01 00:02:15 `, or the line.
fn behind_go_time(line: &[u8]) -> &[u8] {
    let rest = word(line).and_then(|(_, rest)| word(rest)).map(|(_, rest)| rest);
    rest.filter(|rest| !line.starts_with(b"[") && rest.starts_with(b"[")).unwrap_or(line)
}

/// A value in brackets that begins so, and what follows the blank behind it.
fn bracketed<'a>(text: &'a [u8], begin: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let inner = text.strip_prefix(begin)?;
    let end = memchr::memmem::find(inner, b"] ")?;
    Some((&inner[..end], &inner[end + 2..]))
}

/// The text before the last blank, and the word behind it.
fn last_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memrchr(b' ', text)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_what_ends_the_line() {
        let example = Zoraxy.example();
        for line in [
            example.to_owned(),
            format!("2024/05/01 00:02:15 {example}"),
            example.replace("Mozilla/5.0", "x] POST /b 404 [y"),
            example.replace("Mozilla/5.0", "x] GET /c 500"),
        ] {
            let record = Zoraxy.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])), "{line}");
            assert_eq!(record.host, Some(&b"shop.example"[..]));
        }
    }

    #[test]
    fn its_own_messages_are_refused() {
        for line in [
            "[2024-05-01 00:02:15.150624] [internal] [system:info] Starting",
            "[2024-05-01 00:02:15.150624] [router:host-http] [origin:a] [client: nobody] [useragent: x] GET / 200",
            "[2024-05-01 00:02:15.150624] [router:host-http] [origin:a] [client: 192.0.2.7] [useragent: x] GET /",
        ] {
            assert!(Zoraxy.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
