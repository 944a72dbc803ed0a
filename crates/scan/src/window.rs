//! The stretch of time whose records are looked at.

use accesslog::Time;

/// A stretch of time, open at either end where none is given. The default is all time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first instant in it.
    pub since: Option<Time>,
    /// The first instant behind it.
    pub until: Option<Time>,
}

/// How a record stands to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Inside,
    Outside,
    /// It bears no time, so nobody can say.
    Undated,
}

impl Window {
    /// Whether it is all time.
    pub fn is_all(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// How a record of that time stands.
    pub(crate) fn standing(&self, time: Option<Time>) -> Standing {
        let Some(time) = time else { return Standing::Undated };
        let is_inside = self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until);
        if is_inside { Standing::Inside } else { Standing::Outside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_instant_is_inside_and_the_last_is_not() {
        let window = Window { since: Some(Time(10)), until: Some(Time(20)) };
        let standing = |time: i64| window.standing(Some(Time(time)));
        assert_eq!([9, 10, 19, 20].map(standing), {
            use Standing::{Inside, Outside};
            [Outside, Inside, Inside, Outside]
        });
        assert_eq!(window.standing(None), Standing::Undated);
        assert_eq!(Window::default().standing(Some(Time(i64::MIN))), Standing::Inside);
    }
}
