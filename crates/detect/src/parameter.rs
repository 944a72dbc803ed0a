//! Which parameter of a query names the object that is asked for, or the page of a list.
//!
//! A service that is asked `/order?id=7` keeps the same records as one that is asked `/orders/7`. Which parameter it is
//! must be told without state, so it is told by the last word of its name: programmers everywhere write `id`, `orderId`,
//! `trip_id`, and `orderid` where they write all of it small. Parameters that only happen to hold numbers (widths, stamps
//! against caches) are none. Where no name tells, a value does that is written as a file's reference is (`V2022-104672`),
//! or a plain number under the name of what is one person's (`invoice=20400112`).

use memchr::memchr;

use crate::decode;
use crate::personal;
use crate::route::{Object, object_of_name, object_of_value};
use crate::target::Param;

/// How many parameters are looked at.
const PARAMS_MAX: usize = 12;

/// Last words of the names of identifiers.
const IDENTIFIERS: [&[u8]; 11] =
    [b"id", b"no", b"nr", b"num", b"number", b"uuid", b"guid", b"code", b"nummer", b"numero", b"codigo"];

/// Endings of names without a seam that are identifiers.
const ENDINGS: [&[u8]; 3] = [b"id", b"nr", b"no"];

/// Names that end so and are none: words, and the marks that advertisers leave on a link.
const OTHER_WORDS: [&[u8]; 12] =
    [b"aid", b"android", b"bid", b"casino", b"clid", b"grid", b"hybrid", b"mid", b"mono", b"solid", b"valid", b"void"];

/// Last words of the names of places in a list.
const PLACES: [&[u8]; 16] = [
    b"page", b"offset", b"start", b"skip", b"cursor", b"since", b"after", b"pagina", b"seite", b"p", b"pg", b"pageno",
    b"pagenum", b"pos", b"index", b"idx",
];

/// Words of places that are written for other things too: they are one where they stand before a plain number.
const PLACES_OF_NUMBERS: [&[u8]; 5] = [b"from", b"von", b"desde", b"debut", b"inicio"];

/// How many digits a place in a list has at most: as many as a stamp of time has are none.
const PLACE_DIGITS_MAX: usize = 7;

/// What the parameters ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    /// The object, and whether it is a page of a list: an identifier goes before a page.
    pub(crate) object: Option<(Object, bool)>,
    /// Which of the operations of one path, as it is written: `operationName` (GraphQL over HTTP, 5.1).
    pub(crate) operation: Option<&'a [u8]>,
}

/// What the parameters of a query ask for. What GraphQL is given by GET stands in one of them, as JSON.
pub(crate) fn asked<'a>(params: impl Iterator<Item = Param<'a>>) -> Asked<'a> {
    let (mut operation, mut variables) = (None, None);
    let apart = params.inspect(|param| match param.name {
        b"operationName" => operation = Some(param.value),
        b"variables" => variables = Some(param.value),
        _ => {}
    });
    let own = object(apart, object_of_value);
    let object = own.filter(|(_, is_list)| !is_list).or_else(|| variables.and_then(of_variables)).or(own);
    Asked { object, operation }
}

/// How many bytes of variables are looked at.
const VARIABLES_BYTES_MAX: usize = 1024;

/// The object that variables in JSON name, `{"id":"k3j9x2m4"}`, or the page.
fn of_variables(value: &[u8]) -> Option<(Object, bool)> {
    let value = &value[..value.len().min(VARIABLES_BYTES_MAX)];
    let plain = decode::percent(value);
    object(members(plain.as_deref().unwrap_or(value)), of_variable)
}

/// The members of objects in JSON, however deep, whose values are texts or numbers.
fn members(text: &[u8]) -> impl Iterator<Item = Param<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let name = quoted(&mut rest)?;
            let behind = rest.trim_ascii_start();
            let Some((b':', behind)) = behind.split_first() else { continue };
            rest = behind.trim_ascii_start();
            if rest.first() == Some(&b'"') {
                return Some(Param { name, value: quoted(&mut rest)? });
            }
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if 0 < digits {
                return Some(Param { name, value: &rest[..digits] });
            }
        }
    })
}

/// The next text between quotes, and goes on behind it.
fn quoted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let open = memchr(b'"', rest)? + 1;
    let length = memchr(b'"', &rest[open..])?;
    let text = &rest[open..open + length];
    *rest = &rest[open + length + 1..];
    Some(text)
}

/// The object that the parameters name, and whether it is a page of a list: an identifier goes before a page.
fn object<'a>(
    params: impl Iterator<Item = Param<'a>>,
    of_identifier: fn(&[u8]) -> Option<Object>,
) -> Option<(Object, bool)> {
    let (mut page, mut reference) = (None, None);
    for param in params.take(PARAMS_MAX) {
        let word = last_word(param.name);
        let is = |words: &[&[u8]]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
        // `pageNumber` and `page_no` are no identifiers.
        let is_place = is(&PLACES) || is(&IDENTIFIERS) && is_numbered_place(param.name, word);
        if !is_place && (is(&IDENTIFIERS) || is_ending(word)) {
            if let Some(object) = of_identifier(param.value) {
                return Some((object, false));
            }
        } else if page.is_none() && (is_place || is(&PLACES_OF_NUMBERS) && is_small_number(param.value)) {
            page = object_of_value(param.value);
        } else if reference.is_none() {
            reference = of_reference(param).or_else(|| of_file(param.value)).filter(|_| !is(&PASSING));
        }
    }
    reference.map(|object| (object, false)).or(page.map(|page| (page, true)))
}

/// What a variable identifies under the name of an identifier: whatever text it is, as such have a type of their own.
fn of_variable(value: &[u8]) -> Option<Object> {
    let is_one = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'=' | b'+' | b'/');
    let is_text = (1..=VARIABLE_BYTES_MAX).contains(&value.len()) && value.iter().all(is_one);
    object_of_value(value).or_else(|| is_text.then(|| Object::of_text(value)))
}

/// How long the text of an identifier is in a variable, at most, in bytes.
const VARIABLE_BYTES_MAX: usize = 64;

/// Last words of the names of what is made anew for each visit or each build.
const PASSING: [&[u8]; 10] =
    [b"build", b"csrf", b"hash", b"key", b"nonce", b"session", b"sig", b"state", b"token", b"version"];

/// How long a reference is, in bytes, and how many digits are in it at least.
const REFERENCE_BYTES: std::ops::RangeInclusive<usize> = 6..=20;
const REFERENCE_DIGITS_MIN: usize = 5;

/// How many letters may stand before the digits of a reference.
const PREFIX_MAX: usize = 5;

/// The object whose reference a value is, by its shape: a few letters, then digits and dashes. Plain digits are one under the
/// name of what is one person's.
fn of_reference(param: Param<'_>) -> Option<Object> {
    let (prefix, number) = reference(param.value)?;
    let is_plain = prefix == 0 && param.value.iter().all(u8::is_ascii_digit);
    (0 < prefix || is_plain && personal::word(param.name).is_some()).then(|| Object::of_number(number))
}

/// The object whose file a value is, by a name that was drawn: `scans/2024/9f86d081884c7d65.jpg`. What an address points to is
/// somewhere else.
fn of_file(value: &[u8]) -> Option<Object> {
    // A word that was drawn, without an ending, may be made anew for each visit.
    let has_ending = value.iter().rev().take(ENDING_BYTES_MAX).any(|byte| *byte == b'.');
    if !has_ending || value.len() < FILE_BYTES_MIN {
        return None;
    }
    let is_address = |three: &[u8]| three[0] == b':' || three[0] == b'?' || three.eq_ignore_ascii_case(b"%3A");
    let name = value.rsplit(|byte| *byte == b'/').next().unwrap_or(value);
    let encoded = name.windows(3).rposition(|three| three.eq_ignore_ascii_case(b"%2F")).map_or(0, |at| at + 3);
    if value.windows(3).any(is_address) { None } else { object_of_name(&name[encoded..]) }
}

/// How long the ending of a file's name is at most, its dot among it, in bytes.
const ENDING_BYTES_MAX: usize = 6;

/// How long the name of a file is, in bytes, that tells one of many.
const FILE_BYTES_MIN: usize = 12;

/// How many letters a reference begins with, and the number that its digits are: `RE2022-104672`.
pub(crate) fn reference(text: &[u8]) -> Option<(usize, u64)> {
    if !REFERENCE_BYTES.contains(&text.len()) {
        return None;
    }
    let prefix = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let mut digits = 0;
    let mut number = 0_u64;
    for byte in &text[prefix..] {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            }
            b'-' | b'_' => {}
            _ => return None,
        }
    }
    (prefix <= PREFIX_MAX && REFERENCE_DIGITS_MIN <= digits).then_some((prefix, number))
}

/// Whether a name is that of a place in a list, counted: `page` before one of the words for a number.
fn is_numbered_place(name: &[u8], last: &[u8]) -> bool {
    let is_number = [&b"no"[..], b"nr", b"num", b"number"].iter().any(|one| last.eq_ignore_ascii_case(one));
    is_number
        && [&b"page"[..], b"row", b"offset"]
            .iter()
            .any(|one| name.len() > one.len() && name[..one.len()].eq_ignore_ascii_case(one))
}

/// Whether a word without a seam ends as the name of an identifier does.
fn is_ending(word: &[u8]) -> bool {
    let ends =
        |ending: &&[u8]| word.len().checked_sub(ending.len()).is_some_and(|at| word[at..].eq_ignore_ascii_case(ending));
    ENDINGS.iter().any(ends) && !OTHER_WORDS.iter().any(ends)
}

fn is_small_number(value: &[u8]) -> bool {
    value.len() <= PLACE_DIGITS_MAX && value.iter().all(u8::is_ascii_digit)
}

/// The last word of a name: `id` of `order_id`, `orderId` and `filter[id]`.
fn last_word(name: &[u8]) -> &[u8] {
    let end = name.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    let name = &name[..end];
    let is_first = |at: usize| {
        !name[at - 1].is_ascii_alphanumeric() || name[at].is_ascii_uppercase() && name[at - 1].is_ascii_lowercase()
    };
    let start = (1..name.len()).rev().find(|at| is_first(*at)).unwrap_or(0);
    &name[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::params;

    fn told(query: &str) -> Option<(Option<u64>, bool)> {
        object(params(query.as_bytes()), object_of_value).map(|(object, is_list)| (object.number(), is_list))
    }

    #[test]
    fn variables_name_what_parameters_do() {
        let of = |json: &str| {
            let encoded = json.replace('{', "%7B").replace('"', "%22").replace(':', "%3A").replace('}', "%7D");
            let told = |query: String| {
                asked(params(query.as_bytes())).object.map(|(object, is_list)| (object.number(), is_list))
            };
            assert_eq!(told(format!("variables={encoded}")), told(format!("variables={json}")));
            told(format!("extensions=%7B%22sha256Hash%22%3A%22ab12%22%7D&variables={encoded}&operationName=Order"))
        };
        assert_eq!(of(r#"{"first":20,"id":500401}"#), Some((Some(500_401), false)));
        assert_eq!(of(r#"{"input":{"orderId":"500401","tags":["a","b"]}}"#), Some((Some(500_401), false)));
        assert_eq!(of(r#"{"id":"k3j9x2m4"}"#), Some((None, false)));
        assert_eq!(of(r#"{"accountId":"qxkwrtz"}"#), Some((None, false)), "no number in it");
        assert_eq!(of(r#"{"page":3,"first":20}"#), Some((Some(3), true)));
        for nothing in [
            r#"{"first":20}"#,
            r#"{"id":null,"q":"7 hills"}"#,
            r#"{"id":"seven hills"}"#,
            "{",
            r#"{"id"#,
            r#"{"id":""#,
            "",
        ] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
        assert_eq!(asked(params(b"operationName=Order&id=7")).operation, Some(&b"Order"[..]));
    }

    #[test]
    fn identifiers_go_before_pages_and_neither_is_a_width() {
        assert_eq!(told("id=500401"), Some((Some(500_401), false)));
        assert_eq!(told("page=2&orderId=7"), Some((Some(7), false)));
        assert_eq!(told("filter[trip_id]=12"), Some((Some(12), false)));
        assert_eq!(told("sort=asc&page=12"), Some((Some(12), true)));
        assert_eq!(told("trip_id=3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c"), Some((None, false)));
        assert_eq!(told("userid=12&tab=2"), Some((Some(12), false)));
        assert_eq!(told("KUNDENNR=700123"), Some((Some(700_123), false)));
        assert_eq!(told("pageNumber=12"), Some((Some(12), true)));
        assert_eq!(told("page_no=12&sort=2"), Some((Some(12), true)));
        assert_eq!(told("page_id=12"), Some((Some(12), false)), "a page, not a place in a list");
        assert_eq!(told("von=40"), Some((Some(40), true)));
        for query in ["gclid=3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c", "paid=1", "from=20240601", "from=2024-06-01"] {
            assert_eq!(told(query), None, "{query}");
        }
        assert_eq!(told("vorgang=V2022-104672&ansicht=kurz"), Some((Some(2_022_104_672), false)));
        assert_eq!(told("tab=2&invoice=20400112"), Some((Some(20_400_112), false)));
        assert_eq!(told("page=3&case=AB-20311"), Some((Some(20_311), false)));
        assert_eq!(told("file=scans/2024/9f86d081884c7d659a2f.jpg&w=900"), Some((None, false)));
        assert_eq!(told("file=scans%2F9f86d081884c7d65.pdf"), told("x=9f86d081884c7d65.pdf"));
        for query in [
            "file=logo-3fa85f64.jpg",
            "src=https%3A%2F%2Fcdn.example%2F9f86d081884c7d659a2f.jpg",
            "v=app.9f86d081884c.js",
        ] {
            assert_eq!(told(query), None, "{query}");
        }
        for query in ["d=2024-06-01", "session=S12345678", "zip=80331", "utm=summer-2024", "f=img12345.png"] {
            assert_eq!(told(query), None, "{query}");
        }
        for query in ["w=640&h=480", "v=20240601", "_=1718000000", "grid=7", "id=new", "", "=7"] {
            assert_eq!(told(query), None, "{query}");
        }
    }
}
