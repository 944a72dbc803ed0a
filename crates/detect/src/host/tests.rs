//! Hosts in all their spellings, and what only looks like one.

use super::*;

#[test]
fn mere_words_are_surely_no_hosts() {
    let parts = ["", "1", "07", "254", "0x7f", "a", "localhost", "metadata", "internal", "[", "]", "..", "."];
    let joints = ["", ".", ":"];
    for one in parts {
        for other in parts {
            for third in parts {
                for joint in joints {
                    for tail in ["", ".4", ".3.4", ".3.4.", ":80"] {
                        let written = format!("{one}{joint}{other}.{third}{tail}");
                        for written in [written.as_str(), written.trim_matches('.'), one] {
                            let is_sure = |place| {
                                read(written.as_bytes())
                                    .is_some_and(|host| is_sure(&host, written.as_bytes(), b"", false, place))
                            };
                            let is_host =
                                [Standing::First, Standing::BehindUser, Standing::Later].into_iter().any(is_sure);
                            assert!(!is_of_mere_words(written.as_bytes()) || !is_host, "{written}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_rule_of_a_name_is_the_longest_that_fits() {
    let is_within = |name: &str, pattern: &str| match pattern.strip_prefix('.') {
        Some(zone) => name == zone || name.ends_with(pattern),
        None => name == pattern,
    };
    let is_name = |pattern: &str| pattern.parse::<IpAddr>().is_err();
    let patterns = || HOSTS.iter().map(|rule| rule.pattern).filter(|pattern| is_name(pattern));
    for pattern in patterns() {
        let bare = pattern.trim_start_matches('.');
        for name in
            [bare.to_owned(), format!("a{pattern}"), format!("a.b.{bare}"), format!("x{bare}"), format!("{bare}.x")]
        {
            let longest = patterns().filter(|pattern| is_within(&name, pattern)).max_by_key(|pattern| pattern.len());
            assert_eq!(rule_of(&name).map(|rule| rule.pattern), longest, "{name}");
        }
    }
}

fn reach(host: &str) -> Option<Reach> {
    read(host.as_bytes()).map(|host| host.reach)
}

#[test]
fn one_address_has_many_spellings() {
    for host in [
        "169.254.169.254",
        "169.254.169.254.",
        "169.254.169.254:80",
        "2852039166",
        "0xA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "0251.00376.000251.0000376",
        "169.254.43518",
        "169.16689662",
        "7147006462",
        "0x41414141A9FEA9FE",
        "425.510.425.510",
        "025177524776",
        "0o251.0o376.169.254",
        "[::ffff:a9fe:a9fe]",
        "[0:0:0:0:0:ffff:169.254.169.254]",
        "[::a9fe:a9fe]",
        "[::ffff:0xa9.254.169.254]",
        "[2002:a9fe:a9fe::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[FD00:EC2:0:0:0:0:0:254]",
        "169.254.169.254.nip.io",
        "x-169-254-169-254.sslip.io",
        "a9fea9fe.nip.io",
        "make-1.2.3.4-rebind-169.254-169.254-rr.1u.ms",
        "7f000001.a9fea9fe.rbndr.us",
        "metadata.google.internal",
        "METADATA.google.internal:80",
        "metadata",
        "instance-data",
    ] {
        assert_eq!(reach(host), Some(Reach::Metadata), "{host}");
    }
}

#[test]
fn other_internal_places() {
    for (host, want) in [
        ("127.1", Reach::Loopback),
        ("0177.0.0.1", Reach::Loopback),
        ("localhost", Reach::Loopback),
        ("[::1]", Reach::Loopback),
        ("localhost.localdomain", Reach::Loopback),
        ("a.localtest.me", Reach::Loopback),
        ("0", Reach::Unspecified),
        ("[::]:80", Reach::Unspecified),
        ("0.0.0.0", Reach::Unspecified),
        ("3232235521", Reach::Private),
        ("10.1", Reach::Private),
        ("172.31.0.1", Reach::Private),
        ("[fc00::1]", Reach::Private),
        ("[fe80::1%25eth0]", Reach::LinkLocal),
        ("169.254.1.1", Reach::LinkLocal),
        ("100.64.0.1", Reach::Shared),
        ("[dead:beef::1]", Reach::Reserved),
        ("db.internal", Reach::InternalName),
        ("intranet", Reach::InternalName),
        ("redis:6379", Reach::InternalName),
    ] {
        assert_eq!(reach(host), Some(want), "{host}");
    }
}

#[test]
fn public_places_are_public() {
    for host in [
        "example.com",
        "8.8.8.8",
        "172.32.0.1",
        "[2001:db8::1]",
        "cdn.shop.example:443",
        "8.8.8.8.nip.io",
        "11.254.169.254",
        "169-254.example.com",
    ] {
        assert_eq!(reach(host), Some(Reach::Public), "{host}");
    }
}

#[test]
fn what_is_no_host_is_none() {
    for text in ["", "..", "a b", "1.2.3.4.5", "%41", "a/b", "-x", "0x", "12x"] {
        assert!(reach(text).is_none_or(|reach| reach <= Reach::InternalName), "{text}");
    }
}

fn found(text: &str) -> Vec<(String, Reach)> {
    hosts_in(text.as_bytes())
        .iter()
        .map(|found| (String::from_utf8_lossy(found.written).into_owned(), found.host.reach))
        .collect()
}

fn worst(text: &str) -> Option<Reach> {
    found(text).into_iter().map(|(_, reach)| reach).max()
}

#[test]
fn every_part_of_an_authority_is_tried() {
    for text in [
        "http://127.1.1.1:80/",
        "http:127.0.0.1/",
        "http:/127.0.0.1/",
        "http:////127.0.0.1",
        "//127.0.0.1/a",
        "127.0.0.1:8080/a",
        "localhost/a",
        "http://example.com@127.0.0.1/",
        "http://127.0.0.1:80/@example.com/",
        "http://example.com#@127.0.0.1/",
        "http://example.com:80 &@127.0.0.1# @a.example/",
        "jar:http://127.0.0.1!/",
        "x=1 url:http://127.0.0.1",
        "https://example.com/?next=http://127.0.0.1/",
    ] {
        assert_eq!(worst(text), Some(Reach::Loopback), "{text}");
    }
}

#[test]
fn what_looks_like_a_host_and_is_none() {
    for text in [
        "12:34:56",
        "1.2.3",
        "sku:1234567",
        "c:/windows/win.ini",
        "a: 10",
        "price 10.20",
        "urn:isbn:123",
        "2852039166",
        "time:10.20",
    ] {
        assert!(worst(text).is_none_or(|reach| reach == Reach::Public), "{text}: {:?}", found(text));
    }
}

#[test]
fn what_stands_behind_the_authority_is_kept() {
    let found = hosts_in(b"http://169.254.169.254/latest/meta-data/");
    assert_eq!(found[0].path, b"/latest/meta-data/");
    assert_eq!(found[0].scheme, b"http");
}

#[test]
fn mere_words_name_no_host() {
    let pieces = [
        "",
        "a",
        "7",
        "1.2",
        "1.2.3",
        "1.2.3.4",
        "a.b",
        "localhost",
        "xlocalhost",
        "metadata",
        "x.internal",
        "0x7f.1",
        "[::1]",
    ];
    for one in pieces {
        for other in pieces {
            for divider in ["+", "@", " ", "&&", "#"] {
                for text in [
                    format!("{one}{divider}{other}"),
                    format!("{divider}{one}{divider}{other}{divider}"),
                    format!("{}{one}", "w+".repeat(7)),
                    format!("{}{one}", "w+".repeat(8)),
                ] {
                    assert!(!is_of_mere_words(text.as_bytes()) || hosts_in(text.as_bytes()).is_empty(), "{text}");
                }
            }
        }
    }
}
