//! Any text, its secrets cut: what is cut once is cut, nothing is made up, and of a secret that is planted no eight bytes are left.
//!
//! The first byte chooses the secret, the second how it is spelt, the third where in the text it stands.

use detect::masked;

/// What is planted, and what stands before it where it is known by that.
const SECRETS: [(&[u8], &[u8]); 8] = [
    (b"", b"AKIAKKOTCWM4MFEHBYWP"),
    (b"", b"ghp_w7Af0e36PLi2MaiKr7TcXE7A5sB4abXmOE1UY0"),
    (b"token=", b"q83hfbz01mmd8sX"),
    (b"?a=1&api_key=", b"q83hfbz01mmd8sX"),
    (b"{\"password\":\"", b"q83hfbz01mmd8sX"),
    (b"Bearer ", b"0mWq7tHd2JxYb5Nc9RkV"),
    (b"https://me:", b"q83hfbz01mmd8sX"),
    (b"", b"SG.a1b2c3d4e5f6g7h8i9j0k1.l2m3n4o5p6q7r8s9"),
];

/// How many bytes of a secret tell too much.
const TELLING: usize = 8;

/// Checks a text.
pub fn check(bytes: &[u8]) {
    let [choice, spelling, place, text @ ..] = bytes else { return };
    let cut = masked(text);
    assert_eq!(masked(&cut), cut, "cut once is cut");
    assert!(is_left_of(&cut, text), "nothing is made up");
    let (before, secret) = SECRETS[usize::from(*choice) % SECRETS.len()];
    let (head, tail) = text.split_at(usize::from(*place).min(text.len()));
    let end: &[u8] = match before {
        b"https://me:" => b"@h.example/ ",
        b"{\"password\":\"" => b"\"} ",
        _ => b" ",
    };
    let whole = [head, b" ", before, &spelt(secret, *spelling), end, tail].concat();
    let cut = masked(&whole);
    let decoded = spelt_out(&spelt_out(&cut));
    let is_told = |part: &[u8]| decoded.windows(TELLING).any(|window| window == part);
    let own = [spelt_out(&spelt_out(head)), spelt_out(&spelt_out(tail))];
    let is_from_text = |part: &[u8]| own.iter().any(|own| own.windows(TELLING).any(|window| window == part));
    let left = secret.windows(TELLING).find(|part| is_told(part) && !is_from_text(part));
    assert!(left.is_none(), "of {} is left {}", whole.escape_ascii(), cut.escape_ascii());
}

/// Some bytes of a secret percent-encoded, once or twice.
fn spelt(secret: &[u8], spelling: u8) -> Vec<u8> {
    let each = usize::from(spelling >> 4) + 1;
    let is_spelt = |at: usize| !spelling.is_multiple_of(4) && at.is_multiple_of(each);
    let percent = if spelling % 4 == 2 { "%25" } else { "%" };
    let spell =
        |(at, byte): (usize, &u8)| if is_spelt(at) { format!("{percent}{byte:02x}").into_bytes() } else { vec![*byte] };
    secret.iter().enumerate().flat_map(spell).collect()
}

/// Percent-encoding undone once.
fn spelt_out(text: &[u8]) -> Vec<u8> {
    super::decode::undone(text).unwrap_or_else(|| text.to_vec())
}

/// Whether a text is another, parts of which are stars now.
fn is_left_of(cut: &[u8], text: &[u8]) -> bool {
    let mut rest = text.iter();
    let mut at = 0;
    while at < cut.len() {
        if cut[at..].starts_with(b"****") && !rest.as_slice().starts_with(b"****") {
            at += 4;
        } else if rest.any(|byte| *byte == cut[at]) {
            at += 1;
        } else {
            return false;
        }
    }
    true
}
