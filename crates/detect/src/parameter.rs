//! Which parameter of a query names the object that is asked for, or the page of a list.
//!
//! A service that is asked `/order?id=7` keeps the same records as one that is asked `/orders/7`. Which parameter it is
//! must be told without state, so it is told by the last word of its name: programmers everywhere write `id`, `orderId`,
//! `trip_id`. Parameters that only happen to hold numbers (widths, stamps against caches) are none.

use crate::route::{Object, object_of_value};
use crate::target::Param;

/// How many parameters are looked at.
const PARAMS_MAX: usize = 12;

/// Last words of the names of identifiers.
const IDENTIFIERS: [&[u8]; 11] =
    [b"id", b"no", b"nr", b"num", b"number", b"uuid", b"guid", b"code", b"nummer", b"numero", b"codigo"];

/// Last words of the names of places in a list.
const PLACES: [&[u8]; 10] =
    [b"page", b"offset", b"start", b"skip", b"cursor", b"since", b"after", b"pagina", b"seite", b"p"];

/// The object that the parameters name, and whether it is a page of a list: an identifier goes before a page.
pub(crate) fn object<'a>(params: impl Iterator<Item = Param<'a>>) -> Option<(Object, bool)> {
    let mut page = None;
    for param in params.take(PARAMS_MAX) {
        let word = last_word(param.name);
        let is = |words: &[&[u8]]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
        if is(&IDENTIFIERS) {
            if let Some(object) = object_of_value(param.value) {
                return Some((object, false));
            }
        } else if page.is_none() && is(&PLACES) {
            page = object_of_value(param.value);
        }
    }
    page.map(|page| (page, true))
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
        object(params(query.as_bytes())).map(|(object, is_list)| (object.number(), is_list))
    }

    #[test]
    fn identifiers_go_before_pages_and_neither_is_a_width() {
        assert_eq!(told("id=500401"), Some((Some(500_401), false)));
        assert_eq!(told("page=2&orderId=7"), Some((Some(7), false)));
        assert_eq!(told("filter[trip_id]=12"), Some((Some(12), false)));
        assert_eq!(told("sort=asc&page=12"), Some((Some(12), true)));
        assert_eq!(told("trip_id=3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c"), Some((None, false)));
        for query in ["w=640&h=480", "v=20240601", "_=1718000000", "grid=7", "id=new", "", "=7"] {
            assert_eq!(told(query), None, "{query}");
        }
    }
}
