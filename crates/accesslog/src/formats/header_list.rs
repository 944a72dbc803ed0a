//! Headers as a list of names and values, `[{"name":"Host","value":"a.example"}]`: the names in any case and repeatable.
//!
//! Firewalls and gateways write them so. Of a name that is there twice the first is taken.

use crate::Record;
use crate::json::{Field, Found, Keys, Kind, field, items};

static HEADER: Keys = Keys::new(&[field("name", Field::KEY, 0), field("value", Field::HEADERS, 0)]);

/// Puts the headers of a list into the record, where nothing else has told them.
pub(super) fn header_list<'a>(found: &Found<'a>, record: &mut Record<'a>) {
    let Some(list) = found.raw(Field::HEADERS) else { return };
    for header in items(list.text).filter(|item| item.kind == Kind::Object) {
        let Ok(header) = Found::of(header.text, &HEADER) else { continue };
        let (Some(name), Some(value)) = (header.get(Field::KEY), header.get(Field::HEADERS)) else { continue };
        let Some(place) = place_of(name, record) else { continue };
        *place = place.or(Some(value));
    }
}

/// Where a record has the value of a header, its name in any case; of a header that it has no place for, nowhere.
pub(super) fn place_of<'r, 'a>(name: &[u8], record: &'r mut Record<'a>) -> Option<&'r mut Option<&'a [u8]>> {
    match name.len() {
        4 if name.eq_ignore_ascii_case(b"host") => Some(&mut record.host),
        7 if name.eq_ignore_ascii_case(b"referer") => Some(&mut record.referer),
        10 if name.eq_ignore_ascii_case(b"user-agent") => Some(&mut record.agent),
        15 if name.eq_ignore_ascii_case(b"x-forwarded-for") => Some(&mut record.forwarded),
        _ => None,
    }
}
