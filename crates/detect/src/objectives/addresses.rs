//! Addresses in every spelling, generated: parts by radix by padding by what stands around them by encoding.

use super::{LET_GO, get, is_innocent, is_seen_by, seen};

/// The metadata service's address and three others inside, with the signal that knows each.
const INSIDE: [([u8; 4], &str); 4] = [
    ([169, 254, 169, 254], "metadata-service"),
    ([127, 0, 0, 1], "internal-address"),
    ([10, 20, 30, 40], "internal-address"),
    ([192, 168, 1, 1], "internal-address"),
];

/// A number in a radix, with so many zeros before it.
fn number(value: u64, radix: u32, zeros: usize) -> String {
    let padding = "0".repeat(zeros);
    match radix {
        8 => format!("0{padding}{value:o}"),
        16 => format!("0x{padding}{value:x}"),
        // Zeros before a decimal number would make it octal.
        _ => value.to_string(),
    }
}

/// An address in one to four parts, the last taking what is left; each part `over` times 256 (or 2^32) too large.
fn dotted(octets: [u8; 4], parts: usize, radixes: [u32; 4], zeros: usize, over: u64) -> String {
    let head = octets[..parts - 1].iter().map(|octet| u64::from(*octet) + over * 256);
    let tail_bytes = 5 - parts;
    let tail = octets[parts - 1..].iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
    let values: Vec<u64> = head.chain([tail + (over << (8 * tail_bytes))]).collect();
    let written: Vec<String> = values.iter().zip(radixes).map(|(value, radix)| number(*value, radix, zeros)).collect();
    written.join(".")
}

/// Every spelling of an address in four.
fn spellings_v4(octets: [u8; 4]) -> Vec<String> {
    let mut out = Vec::new();
    for parts in 1..=4 {
        for radixes in [[10; 4], [8; 4], [16; 4], [16, 10, 8, 10], [8, 10, 10, 16]] {
            for zeros in [0, 1, 7] {
                for over in [0, 1] {
                    out.push(dotted(octets, parts, radixes, zeros, over));
                }
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// The spellings of an address in six that carries it.
fn spellings_v6([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let (high, low) = (u16::from(a) << 8 | u16::from(b), u16::from(c) << 8 | u16::from(d));
    let heads = ["::ffff:", "::FFFF:", "0:0:0:0:0:ffff:", "0000:0000:0000:0000:0000:ffff:", "::", "64:ff9b::"];
    let mut out: Vec<String> = heads.iter().map(|head| format!("[{head}{high:x}:{low:x}]")).collect();
    out.extend(heads.iter().map(|head| format!("[{head}{a}.{b}.{c}.{d}]")));
    out.push(format!("[2002:{high:x}:{low:x}::]"));
    out.push(format!("[::ffff:{high:04X}:{low:04X}%25eth0]"));
    out
}

/// Public names that resolve to an address.
fn names([a, b, c, d]: [u8; 4]) -> Vec<String> {
    vec![
        format!("{a}.{b}.{c}.{d}.nip.io"),
        format!("www.{a}-{b}-{c}-{d}.sslip.io"),
        format!("{a:02x}{b:02x}{c:02x}{d:02x}.nip.io"),
        format!("{a:02x}{b:02x}{c:02x}{d:02x}.08080808.rbndr.us"),
    ]
}

/// The address in letters and digits that Unicode holds equal to plain ones.
fn lookalikes([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let plain = format!("{a}.{b}.{c}.{d}");
    let map = |dot: char, zero: u32| -> String {
        let letter = |letter: char| match letter {
            '.' => dot,
            digit => char::from_u32(zero + digit.to_digit(10).expect("a digit")).expect("a letter"),
        };
        plain.chars().map(letter).collect()
    };
    vec![map('.', 0xFF10), map('。', 0xFF10), map('｡', 0x1D7CE), map('．', 0x1D7D8), plain.replace('.', "。")]
}

/// What may stand around a host in a URL.
fn wrapped(host: &str) -> Vec<String> {
    vec![
        format!("http://{host}/"),
        format!("HTTPS://{host}"),
        format!("http://{host}:80/a/b"),
        format!("http://cdn.example@{host}/"),
        format!("http://user:pass@{host}:8080/"),
        format!("http:/{host}/"),
        format!("http:///{host}/"),
        format!("http:\\\\{host}\\a"),
        format!("ftp://{host}/"),
        format!("gopher://{host}:6379/_x"),
    ]
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn percent_all(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digits_of = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..=group.len())
            .map(move |place| char::from(DIGITS[(bits >> (18 - 6 * place) & 63) as usize]))
            .collect::<String>()
    };
    text.as_bytes().chunks(3).map(digits_of).collect()
}

/// What may be done to a text before it is sent.
const ENCODINGS: [fn(&str) -> String; 5] =
    [percent, percent_all, |text| percent(&percent(text)), |text| percent(&percent(&percent(text))), base64];

#[test]
fn an_inside_address_is_seen_in_every_spelling_under_every_encoding() {
    let (mut tried, mut missed) = (0, Vec::new());
    for (octets, signal) in INSIDE {
        let spellings =
            spellings_v4(octets).into_iter().chain(spellings_v6(octets)).chain(names(octets)).chain(lookalikes(octets));
        for (number, host) in spellings.enumerate() {
            for (turn, url) in wrapped(&host).into_iter().enumerate() {
                // All by all takes long: each spelling meets each wrapping, and in turn each encoding.
                let encode = ENCODINGS[(number + turn) % ENCODINGS.len()];
                let target = format!("/render?page={}", encode(&url));
                let seen = seen(&get(&target));
                let is_seen = seen.contains(signal) || seen.contains("foreign-scheme");
                if !is_seen || seen.contains(LET_GO) {
                    missed.push(format!("{url} as {target}: {seen:?}"));
                }
                tried += 1;
            }
        }
    }
    assert!(missed.is_empty(), "{} of {tried} not seen:\n{}", missed.len(), missed.join("\n"));
    assert!(4_000 < tried, "{tried}");
}

#[test]
fn an_inside_address_is_seen_wherever_a_request_may_carry_it() {
    for shape in [
        "/fetch?u=URL",
        "/fetch?urlOfTheThing=URL",
        "/fetch?zz9=URL",
        "/fetch?url[]=URL",
        "/fetch?a[b][0]=URL",
        "/fetch?ok=1&ok=URL",
        "/fetch?{\"source\":{\"href\":\"URL\"}}",
        "/fetch?json={\"href\":\"URL\"}",
        "/fetch?list=a,URL,b",
        "/fetch?xml=<a href='URL'>",
        "/img/w_200,h_100/URL",
        "/fetch;src=URL/x.png",
        "/unsafe/300x200/URL",
        "/fetch?URL",
        "/fetch?URL=1",
        "/go?next=https://a.example/r?u=URL",
        "/proxy/URL",
        "/fetch?w=1;src=URL",
        "/fetch?html=%3Ciframe%20src%3D%22URL%22%3E",
        "/fetch?css=url(URL)",
        "/fetch?q=site:URL",
    ] {
        for url in ["http://169.254.169.254/latest/meta-data/", "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2F"]
        {
            let target = shape.replace("URL", url);
            assert!(seen(&get(&target)).contains("metadata-service"), "{target}");
        }
    }
    for shape in [
        "/fetch?u=URL",
        "/fetch?zz9=URL",
        "/fetch?url[]=URL",
        "/fetch?json={\"href\":\"URL\"}",
        "/proxy/URL",
        "/fetch?w=1;src=URL",
        "/fetch;src=URL/x.png",
        "/img/w_200/URL",
    ] {
        for url in [
            "http://127.0.0.1:8080/admin",
            "http%3A%2F%2F10.0.0.5%3A9200%2F_search",
            "http://[::1]:2375/info",
            "http://localhost:6379/",
        ] {
            let target = shape.replace("URL", url);
            assert!(seen(&get(&target)).contains("internal-address"), "{target}");
        }
    }
}

#[test]
fn a_host_without_a_scheme_is_seen_where_a_host_is_expected() {
    is_seen_by(
        "internal-address",
        &[
            "/check?host=127.0.0.1",
            "/check?host=127.0.0.1:6379",
            "/check?server=localhost:11211",
            "/check?target=10.0.0.5:9200/_search",
            "/check?addr=0x7f.1",
            "/check?domain=x.example@127.0.0.1/",
            "/check?dest=192.168.0.10%2Fadmin",
            "/check?ip=[::1]:8080",
        ],
    );
}

#[test]
fn what_looks_like_an_address_and_is_none() {
    is_innocent(&[
        "/docs/10.0.0.1/release-notes",
        "/app/update?version=10.0.0.1",
        "/download/v127.0.0.1/app.js",
        "/api/orders/2852039166",
        "/api/orders?id=2130706433",
        "/api/orders?ids=2852039166,3232235521",
        "/track?session=0177001",
        "/p?price=10.20",
        "/p?range=10.0-20.0",
        "/p?color=0xa9fea9",
        "/p?t=12:34:56",
        "/blog/how-to-secure-169-254-169-254",
        "/blog/what-is-localhost",
        "/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A53682%2F&response_type=code",
        "/oauth/authorize?redirect_uri=http://localhost:8080/callback&client_id=app",
        "/login?returnUrl=http://localhost:3000/",
        "/thumb?url=https%3A%2F%2Fcdn.shop.example%2Fx.jpg",
        "/share?u=https://shop.example/products/1",
        "/p?uuid=a9fe8520-a9fe-4a9f-8a9f-a9fea9fea9fe",
        "/p?etag=0123456789abcdef0123456789abcdef",
        "/p?cursor=eyJpZCI6MTIzNDU2LCJkaXIiOiJhc2MifQ",
        "/sku/169.254",
        "/metadata/products/12",
        "/search?q=metadata",
        "/api/metadata?type=image",
    ]);
}
