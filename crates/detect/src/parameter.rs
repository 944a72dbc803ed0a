//! Which parameter of a query names the object that is asked for, or the page of a list.
//!
//! A service that is asked `/order?id=7` keeps the same records as one that is asked `/orders/7`. Which parameter it is
//! must be told without state, so it is told by the last word of its name: programmers everywhere write `id`, `orderId`,
//! `trip_id`, and `orderid` where they write all of it small. Parameters that only happen to hold numbers (widths, stamps
//! against caches) are none. Where no name tells, a value does that is written as a file's reference is (`V2022-104672`),
//! or a plain number under the name of what is one person's (`invoice=20400112`), or on a path of such a name, whatever the
//! parameter is called (`/order?ref=500401`).

use memchr::memchr2;

use crate::decode;
use crate::drawn;
use crate::embedded;
use crate::personal;
use crate::route::{Object, object_of_name, object_of_token, object_of_value};
use crate::target::{Param, Target};

/// How many parameters are looked at.
const PARAMS_MAX: usize = 12;

/// Last words of the names of identifiers.
const IDENTIFIERS: [&[u8]; 11] =
    [b"id", b"no", b"nr", b"num", b"number", b"uuid", b"guid", b"code", b"nummer", b"numero", b"codigo"];

/// Endings of names without a seam that are identifiers.
const ENDINGS: [&[u8]; 3] = [b"id", b"nr", b"no"];

/// Names that end so and are none: words, and the marks that advertisers leave on a link.
const OTHER_WORDS: [&[u8]; 14] = [
    b"aid",
    b"android",
    b"bid",
    b"casino",
    b"clid",
    b"grid",
    b"hybrid",
    b"mid",
    b"mono",
    b"sessid",
    b"sessionid",
    b"solid",
    b"valid",
    b"void",
];

/// Last words of the names of places in a list.
const PLACES: [&[u8]; 16] = [
    b"page", b"offset", b"start", b"skip", b"cursor", b"since", b"after", b"pagina", b"seite", b"p", b"pg", b"pageno",
    b"pagenum", b"pos", b"index", b"idx",
];

/// Words of places that are written for other things too: they are one where they stand before a plain number.
const PLACES_OF_NUMBERS: [&[u8]; 5] = [b"from", b"von", b"desde", b"debut", b"inicio"];

/// How many digits a place in a list has at most: as many as a stamp of time has are none.
const PLACE_DIGITS_MAX: usize = 7;

/// What a request asks for by its parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    /// The object, and how it is told: an identifier goes before a page, and either before a mere number.
    pub(crate) object: Option<(Object, Told)>,
    /// Which of the operations of one path, as it is written: `operationName` (GraphQL over HTTP, 5.1).
    pub(crate) operation: Option<&'a [u8]>,
}

/// How an object is told to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// By the name of a parameter, by the path, or by how it is written.
    Plainly,
    /// It is the page of a list.
    AsPage,
    /// By nothing but its being a number that is neither small nor a time: it may as well be drawn to keep a cache from answering.
    ByItsDigits,
}

/// What the parameters of a target ask for. Some hold others, as JSON: what GraphQL is given by GET, a filter.
pub(crate) fn asked<'a>(target: &Target<'a>) -> Asked<'a> {
    let mut operation = None;
    let params = target.all_params().take(PARAMS_MAX);
    let apart = params.inspect(|param| {
        if param.name == b"operationName" {
            operation = Some(param.value);
        }
    });
    let own = object(apart, target.path, of_named);
    let may_hold = || target.query.is_some_and(|query| memchr2(b'{', b'%', query).is_some());
    let within = || if may_hold() { in_json(target) } else { None };
    let object = own.filter(|(_, told)| *told == Told::Plainly).or_else(within).or(own);
    Asked { object, operation }
}

/// The object that one of the parameters names in JSON.
fn in_json(target: &Target<'_>) -> Option<(Object, Told)> {
    target.all_params().take(PARAMS_MAX).find_map(|param| of_json(param.value))
}

/// How many bytes of a text in JSON are looked at.
const JSON_BYTES_MAX: usize = 1024;

/// The object that a text in JSON names, `{"id":"k3j9x2m4"}`, or the page.
fn of_json(value: &[u8]) -> Option<(Object, Told)> {
    if !embedded::is_json(value) {
        return None;
    }
    let value = &value[..value.len().min(JSON_BYTES_MAX)];
    let plain = decode::percent(value);
    let members = embedded::members(plain.as_deref().unwrap_or(value));
    object(members, b"", of_variable).filter(|(_, told)| *told != Told::ByItsDigits)
}

/// The object that parameters name on a path, and how that is told.
fn object<'a>(
    params: impl Iterator<Item = Param<'a>>,
    path: &[u8],
    of_identifier: fn(&[u8]) -> Option<Object>,
) -> Option<(Object, Told)> {
    let (mut page, mut reference, mut number) = (None, None, None);
    for param in params.take(PARAMS_MAX) {
        let word = last_word(param.name);
        let is = |words: &[&[u8]]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
        // `pageNumber` and `page_no` are no identifiers.
        let is_place = is(&PLACES) || is(&IDENTIFIERS) && is_numbered_place(param.name, word);
        if !is_place && is_of_identifier(word) {
            if let Some(object) = of_identifier(param.value) {
                return Some((object, Told::Plainly));
            }
        } else if page.is_none() && (is_place || is(&PLACES_OF_NUMBERS) && is_small_number(param.value)) {
            page = object_of_value(param.value);
        } else if reference.is_none() {
            // Lists of names are gone through where a value is worth it alone.
            let is_passing = || is(&PASSING);
            let is_mere = || is_passing() || is(&BUSTERS) || is(&MEASURES);
            // References and names of files have digits, and so has a query that names an object.
            let has_digit = param.value.iter().any(u8::is_ascii_digit);
            let with_digits = if has_digit { of_reference(param).or_else(|| of_file(param.value)) } else { None };
            let known = with_digits.or_else(|| embedded::object(param.value));
            let by_path = || of_path(param.value).filter(|_| !is_mere() && personal::word(path).is_some());
            let plainly = known.filter(|_| !is_passing()).or_else(by_path);
            if has_digit {
                reference = plainly.or_else(|| embedded::object_in(param.value));
                number = number.or_else(|| long_number(param.value).filter(|_| !is_mere()));
            } else {
                reference = plainly;
            }
        }
    }
    let plainly = reference.map(|object| (object, Told::Plainly));
    plainly.or(page.map(|page| (page, Told::AsPage))).or(number.map(|number| (number, Told::ByItsDigits)))
}

/// Whether a name is that of an identifier, by its last word.
pub(crate) fn is_identifier(name: &[u8]) -> bool {
    is_of_identifier(last_word(name))
}

fn is_of_identifier(word: &[u8]) -> bool {
    IDENTIFIERS.iter().any(|one| word.eq_ignore_ascii_case(one)) || is_ending(word)
}

/// What a value identifies under the name of an identifier: a drawn name, too, which hardly can be told from a word elsewhere.
fn of_named(value: &[u8]) -> Option<Object> {
    object_of_value(value).or_else(|| drawn::is_strange(value).then(|| Object::of_text(value)))
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

/// Last words of the names of numbers that keep a cache from answering.
const BUSTERS: [&[u8]; 12] =
    [b"buster", b"cache", b"cb", b"nocache", b"r", b"rand", b"random", b"rev", b"rnd", b"t", b"ts", b"v"];

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

/// The object that a value may name on a path that names what is one person's, whatever the parameter is called: a token, or a
/// plain number.
fn of_path(value: &[u8]) -> Option<Object> {
    let is_number = value.iter().all(u8::is_ascii_digit);
    if is_number { number_of(value, PATH_DIGITS_MIN) } else { object_of_token(value) }
}

/// The object of a number that is long enough to be one of many, whatever it is of.
fn long_number(digits: &[u8]) -> Option<Object> {
    digits.iter().all(u8::is_ascii_digit).then(|| number_of(digits, LONG_DIGITS_MIN)).flatten()
}

/// The object of a number of so many digits at least that is no day, no month, no year and no stamp of time.
fn number_of(digits: &[u8], at_least: usize) -> Option<Object> {
    if !(at_least..=NUMBER_DIGITS_MAX).contains(&digits.len()) {
        return None;
    }
    let two = |at: usize| (digits[at] - b'0') * 10 + digits[at + 1] - b'0';
    let is_year = matches!(two(0), 19 | 20);
    let is_month = || is_year && (1..=12).contains(&two(4));
    let is_date = match digits.len() {
        4 => is_year,
        6 => is_month(),
        8 => is_month() && (1..=31).contains(&two(6)),
        _ => false,
    };
    (!is_date).then(|| Object::of_digits(digits))
}

/// How many digits a number has at least that is a record on a path of what is one person's, and one anywhere: more than sizes have.
const PATH_DIGITS_MIN: usize = 4;
const LONG_DIGITS_MIN: usize = 6;

/// How many digits it has at most: fewer than a stamp of time in seconds.
const NUMBER_DIGITS_MAX: usize = 9;

/// Last words of the names of numbers that measure something, or say where it is.
const MEASURES: [&[u8]; 17] = [
    b"amount",
    b"betrag",
    b"cp",
    b"height",
    b"limit",
    b"max",
    b"min",
    b"monto",
    b"montant",
    b"plz",
    b"postcode",
    b"preis",
    b"price",
    b"size",
    b"total",
    b"width",
    b"zip",
];

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
    if value.windows(3).any(is_address) {
        None
    } else {
        object_of_name(&name[encoded..]).or_else(|| numbered(&name[encoded..]))
    }
}

/// The object of a document's file that is named by a number: `order_500401.pdf`.
fn numbered(name: &[u8]) -> Option<Object> {
    let (stem, ending) = name.split_at_checked(name.iter().rposition(|byte| *byte == b'.')?)?;
    let digits = stem.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let is_document = DOCUMENTS.iter().any(|one| ending[1..].eq_ignore_ascii_case(one));
    (is_document && FILE_DIGITS.contains(&digits)).then(|| object_of_value(&stem[stem.len() - digits..])).flatten()
}

/// How many digits end the name of such a file: fewer are those of a month or a copy.
const FILE_DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Endings of the files that are somebody's: what is printed, and what is read by a program.
const DOCUMENTS: [&[u8]; 10] = [b"csv", b"doc", b"docx", b"eml", b"json", b"pdf", b"tif", b"xls", b"xlsx", b"xml"];

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

    fn told_on(target: &str) -> Option<(Option<u64>, bool)> {
        let told = asked(&Target::new(target.as_bytes())).object.filter(|(_, told)| *told != Told::ByItsDigits);
        told.map(|(object, told)| (object.number(), told == Told::AsPage))
    }

    fn told(query: &str) -> Option<(Option<u64>, bool)> {
        told_on(&format!("/?{query}"))
    }

    #[test]
    fn variables_name_what_parameters_do() {
        let of = |json: &str| {
            let encoded = json.replace('{', "%7B").replace('"', "%22").replace(':', "%3A").replace('}', "%7D");
            let told = |query: String| told(&query);
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
        assert_eq!(asked(&Target::new(b"/graphql?operationName=Order&id=7")).operation, Some(&b"Order"[..]));
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

    #[test]
    fn on_a_path_of_what_is_one_persons_a_number_is_a_record_whatever_it_is_called() {
        assert_eq!(told_on("/api/order?ref=500401"), Some((Some(500_401), false)));
        assert_eq!(told_on("/rechnungen/druck?x=8123456&seite=2"), Some((Some(8_123_456), false)));
        assert_eq!(told_on("/order?b=1401"), Some((Some(1_401), false)));
        assert_eq!(told_on("/order?u=3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c"), Some((None, false)));
        for target in [
            "/api/order?year=2024",
            "/api/order?from=20240612",
            "/api/order?month=202406",
            "/api/order?zip=80331",
            "/api/order?_=1718000000",
            "/api/messages?cb=837462",
            "/tiles?x=354231",
        ] {
            assert_eq!(told_on(target), None, "{target}");
        }
    }

    #[test]
    fn a_long_number_is_a_record_if_nothing_else_is() {
        let alone = |target: &str| {
            let (object, told) = asked(&Target::new(target.as_bytes())).object?;
            (told == Told::ByItsDigits).then_some(object.number())
        };
        assert_eq!(alone("/ajax?action=detail&rec=500401"), Some(Some(500_401)));
        for target in ["/a?w=1280", "/a?d=20240612", "/a?cb=837462", "/a?page=2&kat=500401", "/a?id=7&x=500401"] {
            assert_eq!(alone(target), None, "{target}");
        }
    }

    #[test]
    fn identifiers_are_read_out_of_paths_filters_and_names_of_files() {
        assert_eq!(told_on("/order;id=500401"), Some((Some(500_401), false)));
        assert_eq!(told_on("/graphql?query=%7Border(id:500401)%7Btotal%7D%7D"), Some((Some(500_401), false)));
        assert_eq!(told_on("/odata/Orders?$filter=Id%20eq%20500401"), Some((Some(500_401), false)));
        assert_eq!(told_on("/api/customer?email=a.b%40mail.example"), Some((None, false)));
        assert_eq!(told_on("/dl?file=order_500401.pdf"), Some((Some(500_401), false)));
        assert_eq!(told_on("/dl?file=orders%2F500401.pdf"), Some((Some(500_401), false)));
        assert_eq!(told_on("/order?id=8Gol15"), Some((None, false)));
        assert_eq!(told_on("/order?orderId=k2x9q"), Some((None, false)));
        assert_eq!(told_on("/order?id=summary"), None);
        for target in ["/a;jsessionid=3f2b8c1e0d4a4c559a1b", "/dl?file=invoice-202404-1.pdf", "/graphql?query=%7Bme%7D"]
        {
            assert_eq!(told_on(target), None, "{target}");
        }
    }
}
