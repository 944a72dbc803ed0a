//! What a format can say of a request beyond a [`Record`](crate::Record).
//!
//! A record holds what a judgement needs. A load balancer or a proxy writes more: timers, certificates, the parts
//! of a cache's decision. These further fields are named here once, so that one thing has one name whichever format
//! it comes from, and they are looked for only by who asks: [`Format::further`](crate::Format::further) walks a line
//! again, and the hot path pays nothing.

use crate::Time;

/// The value of a further field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// The format has the field, and the writer left it out (`-`).
    Absent,
    /// Text as it stands in the line, quotes stripped, nothing undone.
    Text(&'a [u8]),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// An instant.
    Time(Time),
    /// A list, its items as they stand in the line.
    List(Vec<&'a [u8]>),
}

/// What takes in the further fields of a line: a name and a value each.
pub type Sink<'s, 'a> = &'s mut dyn FnMut(&'a str, Value<'a>);

impl<'a> Value<'a> {
    /// Text, or absent where it is a dash.
    pub fn text(value: &'a [u8]) -> Value<'a> {
        if value == b"-" { Value::Absent } else { Value::Text(value) }
    }

    /// A whole number, absent where it is a dash, and text where it is neither.
    pub fn integer(value: &'a [u8]) -> Value<'a> {
        match std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()) {
            Some(number) => Value::Integer(number),
            None => Value::text(value),
        }
    }

    /// A number with a fraction, absent where it is a dash, and text where it is neither.
    pub fn decimal(value: &'a [u8]) -> Value<'a> {
        match std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|number| number.is_finite())
        {
            Some(number) => Value::Decimal(number),
            None => Value::text(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_stays_what_it_is() {
        assert_eq!(Value::integer(b"42"), Value::Integer(42));
        assert_eq!(Value::integer(b"-1"), Value::Integer(-1));
        assert_eq!(Value::integer(b"-"), Value::Absent);
        assert_eq!(Value::integer(b"+99627"), Value::Integer(99627));
        assert_eq!(Value::integer(b"1.5"), Value::Text(b"1.5"));
        assert_eq!(Value::decimal(b"0.012, -"), Value::Text(b"0.012, -"));
        assert_eq!(Value::decimal(b"inf"), Value::Text(b"inf"));
    }
}
