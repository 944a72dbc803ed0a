//! Who asks for the values of a parameter that are others', one after the other.
//!
//! `/export?channel=blue` is asked by whose channel it is. Nothing in the name says so; that a parameter says whose something is
//! shows in who asks for what: in each visit one value or two, of which hardly another client has any, and who comes
//! back comes back to the same. A page of a list, a language, a category or a month is asked for by everybody. Some visits
//! of others, read line by line, are the measure ([`questions`](crate::questions)), and one visit that goes through dozens of such
//! values, each answered as those of others are, is a harvest. So is one that counts up a number under a name that no page
//! of the service sends.
//!
//! The innocent twins: who has many customers, comes back to them, or goes through them on other days, too; a program that
//! says whose it is; an office whose page nobody else opens; one's own year, day by day; what only its owner asks for; and what
//! is a product's, where who comes back looks at another.

use std::collections::{BTreeMap, BTreeSet};

use accesslog::Time;

use crate::aims::{Aims, Kind, Suspicion};
use crate::finding::{Finding, Judged, Severity};
use crate::personal;
use crate::profile::is_answer;
use crate::target::{Target, host_and_target};
use crate::tracer::{self, BITS_ENOUGH, BITS_LOUD};
use crate::walks::is_miss;

/// How long nothing is asked between two visits, in nanoseconds: ten minutes.
const GAP_NANOS: i64 = 600 * 1_000_000_000;

/// How much later another day is, in nanoseconds: half of one.
const BACK_NANOS: i64 = 43_200 * 1_000_000_000;

/// How many parameters of a request are looked at.
const PARAMS_MAX: usize = 12;

/// How many values in one visit are worth a look, and how many a person should look at now.
const VALUES_MIN: usize = 20;
const VALUES_LOUD: usize = 40;

/// How many visits of others are a measure.
const VISITS_MIN: usize = 16;

/// How many values nine of ten visits of others have, at most, where they say whose something is; and how many times as many as
/// these is no visit of one who owns some.
const USUAL_MAX: usize = 3;
const TIMES_MIN: usize = 8;

/// How many pairs of visits tell how often two have a value in common.
const PAIRS_MIN: usize = 100;

/// Of so many pairs one has a value in common, at most; and with so many others a client has, on average.
const PAIRS_APART: usize = 16;
const SHARERS_MAX: usize = 8;

/// How many who come back ask for the same as before, at least, and of how many of a hundred of these that is said.
const KEPT_MIN: usize = 3;
const KEPT_SHARE: usize = 80;

/// How many of its values others ask for, at least, for them to be known to be others'.
const FOREIGN_MIN: usize = 3;

/// On how many other days somebody goes through many, whose work that is.
const PRACTICE_DAYS: usize = 3;

/// Of a hundred values how many follow the one before, where somebody counts up.
const ROW_SHARE: usize = 60;

/// How many digits a number has that is counted up, at most: one that has more is a stamp of time.
const DIGITS_MAX: usize = 9;

/// How many sizes the answers have, at least: one that says that nothing is given has one.
const SIZES_MIN: usize = 4;

/// How many times as long as nine of ten answers to others is far longer.
const FAR_LONGER: u64 = 4;

/// How many visits of others name an agent for it to be that of users.
const USERS_MIN: usize = 5;

/// How many bits it takes away that nothing tells that what is asked for is somebody's.
const UNOWNED_BITS: i32 = 4;

/// Who is one and the same: a client and its agent.
type Who<'t> = (u64, &'t [u8]);

/// What one asked within some minutes.
struct Visit<'t> {
    who: Who<'t>,
    lines: Vec<&'t Finding>,
}

/// Judges what the clients of a route asked, their lines in hand.
pub(crate) fn judge(aims: &Aims, lines: &[Finding]) -> Vec<Judged> {
    let visits = visits(lines);
    let kind = lines.first().and_then(|line| aims.get(line.client_key, line.route)).map(|aim| aim.kind);
    let Some(Kind::Asked { clients, .. }) = kind else { return Vec::new() };
    let is_long = |visit: &&Visit<'_>| VALUES_MIN <= visit.lines.len();
    let told = visits.iter().filter(is_long).filter_map(|visit| {
        let names: BTreeSet<&[u8]> = visit.lines.iter().flat_map(|line| params(line)).map(|(name, _)| name).collect();
        let of_names = names.into_iter().filter_map(|name| Walk::of(visit, name, &visits, clients as usize)?.weighed());
        // Of two that vary together the more telling; of two as telling the first by name.
        of_names.rev().max_by_key(|told| (told.severity, told.suspicion.bits()))
    });
    told.flat_map(Told::judged).collect()
}

fn visits(lines: &[Finding]) -> Vec<Visit<'_>> {
    let mut sorted: Vec<&Finding> = lines.iter().collect();
    sorted.sort_by_key(|line| (who(line), line.time, line.at));
    let is_same = |one: &&Finding, other: &&Finding| {
        let gap = one.time.zip(other.time).map_or(0, |(one, other)| other.0.saturating_sub(one.0));
        who(one) == who(other) && gap < GAP_NANOS
    };
    sorted.chunk_by(is_same).map(|lines| Visit { who: who(lines[0]), lines: lines.to_vec() }).collect()
}

fn who(line: &Finding) -> Who<'_> {
    (line.client_key, line.agent.as_deref().unwrap_or_default())
}

fn params(line: &Finding) -> impl Iterator<Item = (&[u8], &[u8])> {
    let target = Target::new(line.target.as_deref().unwrap_or_default());
    let named = target.params().take(PARAMS_MAX).filter(|param| !param.name.is_empty() && !param.value.is_empty());
    named.map(|param| (param.name, param.value))
}

fn value_of<'t>(line: &'t Finding, name: &[u8]) -> Option<&'t [u8]> {
    params(line).find(|(one, _)| *one == name).map(|(_, value)| value)
}

fn is_answered(line: &Finding) -> bool {
    line.status.is_some_and(is_answer)
}

impl<'t> Visit<'t> {
    /// The values of a parameter that were answered.
    fn values(&self, name: &[u8]) -> BTreeSet<&'t [u8]> {
        self.lines.iter().filter(|line| is_answered(line)).filter_map(|line| value_of(line, name)).collect()
    }

    fn time(&self) -> Option<Time> {
        self.lines.first().and_then(|line| line.time)
    }

    fn sizes(&self) -> impl Iterator<Item = u64> {
        self.lines.iter().filter(|line| is_answered(line)).filter_map(|line| line.bytes)
    }
}

/// The size of which so many of a hundred are shorter.
fn size_at(mut sizes: Vec<u64>, share: usize) -> Option<u64> {
    sizes.sort_unstable();
    sizes.get((sizes.len() * share / 100).min(sizes.len().saturating_sub(1))).copied()
}

/// A visit that goes through many values of a parameter, and the visits of others beside it.
struct Walk<'w, 't> {
    name: &'t [u8],
    visit: &'w Visit<'t>,
    values: BTreeSet<&'t [u8]>,
    /// The lines of the visit that ask for one.
    lines: Vec<&'t Finding>,
    /// Visits with few values, and these.
    others: Vec<(&'w Visit<'t>, BTreeSet<&'t [u8]>)>,
    /// Visits without any.
    without: Vec<&'w Visit<'t>>,
    /// Those with many, this one left out.
    as_long: Vec<&'w Visit<'t>>,
    /// How many clients the route has.
    clients: usize,
}

impl<'w, 't> Walk<'w, 't> {
    /// None where the values are few, or of the calendar, or a program asks that says that it reads all that there is.
    fn of(visit: &'w Visit<'t>, name: &'t [u8], visits: &'w [Visit<'t>], clients: usize) -> Option<Walk<'w, 't>> {
        let values = visit.values(name);
        let dates = values.iter().filter(|value| is_of_calendar(value)).count();
        if values.len() < VALUES_MIN || values.len() < dates * 2 || tracer::is_crawler(visit.who.1) {
            return None;
        }
        let lines = visit.lines.iter().copied().filter(|line| value_of(line, name).is_some()).collect();
        let (mut others, mut without, mut as_long) = (Vec::new(), Vec::new(), Vec::new());
        for other in visits.iter().filter(|other| !std::ptr::eq(*other, visit)) {
            let own = other.values(name);
            match own.len() {
                0 if other.lines.iter().any(|line| is_answered(line)) => without.push(other),
                0 => {}
                VALUES_MIN.. => as_long.push(other),
                _ => others.push((other, own)),
            }
        }
        Some(Walk { name, visit, values, lines, others, without, as_long, clients })
    }

    /// What is told of it, if that is enough.
    fn weighed(self) -> Option<Told<'t>> {
        let habit = self.habit()?;
        let mut suspicion = Suspicion::default();
        let is_counted = self.is_counted_up();
        let is_lone = self.others.is_empty();
        let owned = if is_lone { None } else { Some(self.owned()?) };
        if is_lone && !(is_counted && self.is_beyond_pages() && VISITS_MIN <= self.without.len()) {
            return None;
        }
        let usual = owned.map_or(1, |owned| owned.usual);
        suspicion.add(
            "walk-length",
            ((self.values.len() / usual).ilog2() as i32).min(6),
            format!("{} different values of one parameter in one visit", self.values.len()),
            match owned {
                Some(_) => format!("{usual} at most, as in nine of ten visits of others"),
                None => format!("none, as in {} visits of others", self.without.len()),
            },
        );
        let is_kept = owned.is_some_and(|owned| owned.is_kept);
        let foreign = owned.map_or(0, |owned| owned.foreign);
        suspicion.foreign = foreign as u32;
        let (seen, expected) = match owned {
            Some(owned) => owned.words(),
            None => (
                "a parameter that nobody else sends to this route, whose number is counted up".to_owned(),
                "what the service's own pages ask".to_owned(),
            ),
        };
        let bits =
            if is_lone { 4 } else { 3 + if is_kept { 2 } else { 0 } + if FOREIGN_MIN <= foreign { 1 } else { 0 } };
        if !suspicion.add("others-values", bits, seen, expected) {
            return None;
        }
        if is_counted {
            let seen = "most values follow the one before".to_owned();
            suspicion.add("walk-order", 3, seen, "those that somebody has to do with".to_owned());
        }
        let missed = self.lines.iter().filter(|line| line.status.is_some_and(is_miss)).count();
        if 3 <= missed && self.lines.len() <= missed * 25 {
            let seen = format!("{missed} of {} are not there, or not for this client", self.lines.len());
            suspicion.add("walk-misses", 3, seen, "those that somebody has to do with".to_owned());
        }
        let is_far_longer = self.add_sizes(&mut suspicion)?;
        let visits = || self.others.iter().map(|(visit, _)| *visit).chain(self.without.iter().copied());
        let users = visits().filter(|other| other.who.1 == self.visit.who.1).count();
        if USERS_MIN <= users && !self.visit.who.1.is_empty() {
            let seen = format!("the agent of {users} visits of others");
            suspicion.add(
                "borrowed-agent",
                2,
                seen,
                "an agent of its own, as an honest program names itself".to_owned(),
            );
        }
        let target = Target::new(self.lines[0].target.as_deref().unwrap_or_default());
        if let Some(word) = personal::word_of(&target) {
            let seen = format!("a route of `{word}`");
            suspicion.add("personal-data", 2, seen, "records that are nobody's in particular".to_owned());
        } else if !is_kept && !is_far_longer && !is_lone {
            suspicion.excuse(-UNOWNED_BITS);
        }
        let is_known = is_lone || is_kept && FOREIGN_MIN <= foreign;
        let is_quiet = habit || tracer::is_named(self.visit.who.1) || self.is_from_own_page() || !is_known;
        let bits = suspicion.bits();
        let is_loud = BITS_LOUD <= bits && VALUES_LOUD <= self.values.len() && !is_quiet;
        let severity = if is_loud { Severity::High } else { Severity::Medium };
        (BITS_ENOUGH <= bits).then_some(Told { lines: self.lines, suspicion, severity })
    }

    /// Whether somebody has gone through some of them on another day; none where that is what it does, or where it comes back to
    /// what it knows.
    fn habit(&self) -> Option<bool> {
        let own = |other: &&Visit<'t>| other.who.0 == self.visit.who.0 && self.is_another_day(other);
        let few = self.others.iter().filter(|(other, _)| own(other));
        let usual = self.usual().unwrap_or(1);
        let mut known: BTreeSet<&[u8]> = BTreeSet::new();
        let mut days: BTreeSet<i64> = BTreeSet::new();
        for (other, values) in few
            .map(|(other, values)| (*other, values.clone()))
            .chain(self.as_long.iter().filter(|other| own(other)).map(|other| (*other, other.values(self.name))))
        {
            known.extend(values.intersection(&self.values));
            if usual.max(2) * 2 < values.len() && other.who == self.visit.who {
                days.extend(other.time().map(Time::day));
            }
        }
        let comes_back = self.values.len() <= known.len() * 2 && self.as_long.iter().any(own);
        let is_practice = PRACTICE_DAYS <= days.len();
        (!comes_back && !is_practice).then_some(!days.is_empty())
    }

    fn is_another_day(&self, other: &Visit<'_>) -> bool {
        let apart = self.visit.time().zip(other.time()).map(|(own, other)| own.0.abs_diff(other.0));
        apart.is_some_and(|apart| BACK_NANOS.unsigned_abs() <= apart)
    }

    /// How many values nine of ten visits of others have at most.
    fn usual(&self) -> Option<usize> {
        let mut counts: Vec<usize> = self.others.iter().map(|(_, values)| values.len()).collect();
        counts.sort_unstable();
        counts.get(counts.len() * 9 / 10).copied()
    }

    /// Whose the values are by what others ask; none where they are anybody's.
    fn owned(&self) -> Option<Owned> {
        let usual = self.usual().filter(|usual| *usual <= USUAL_MAX)?;
        let is_measure = VISITS_MIN <= self.others.len() && usual * TIMES_MIN <= self.values.len();
        if !is_measure || self.is_clock() || !self.are_of_few() {
            return None;
        }
        let foreign = self.others.iter().filter(|(other, _)| other.who != self.visit.who);
        let foreign: BTreeSet<&[u8]> =
            foreign.flat_map(|(_, values)| values.intersection(&self.values)).copied().collect();
        // What nobody else asks for is one's own, as far as anybody knows.
        let (same, back) = self.returns();
        let is_kept = KEPT_MIN <= same && back * KEPT_SHARE <= same * 100;
        (!foreign.is_empty()).then_some(Owned { usual, foreign: foreign.len(), same, back, is_kept })
    }

    /// Whether a value is asked for by few: hardly two visits of others have one in common.
    fn are_of_few(&self) -> bool {
        let mut of_value: BTreeMap<&[u8], Vec<Who<'t>>> = BTreeMap::new();
        for (other, values) in &self.others {
            values.iter().for_each(|value| of_value.entry(value).or_default().push(other.who));
        }
        let all: Vec<Who<'t>> = self.others.iter().map(|(other, _)| other.who).collect();
        let whos = all.iter().collect::<BTreeSet<_>>().len();
        let shared: usize = of_value.into_values().map(pairs_of_two).sum();
        let pairs = pairs_of_two(all);
        PAIRS_MIN <= pairs && shared * PAIRS_APART <= pairs && shared * self.clients.max(whos) <= pairs * SHARERS_MAX
    }

    /// How many who come back with few values ask for the same as before, and how many come back.
    fn returns(&self) -> (usize, usize) {
        let mut of_who: BTreeMap<Who<'t>, Vec<&BTreeSet<&'t [u8]>>> = BTreeMap::new();
        for (other, values) in &self.others {
            of_who.entry(other.who).or_default().push(values);
        }
        let (mut same, mut back) = (0, 0);
        for visits in of_who.into_values().filter(|visits| 2 <= visits.len()) {
            let all: BTreeSet<&[u8]> = visits.iter().flat_map(|values| values.iter().copied()).collect();
            // Many who share an address and an agent are no one who comes back.
            if all.len() <= USUAL_MAX {
                back += 1;
                same += usize::from(visits[1..].iter().all(|values| !values.is_disjoint(visits[0])));
            }
        }
        (same, back)
    }

    /// Whether what others ask for moves with the time: a stamp, a day, a place in what is new.
    fn is_clock(&self) -> bool {
        let first = |(other, values): &(&Visit<'t>, BTreeSet<&'t [u8]>)| Some((other.time()?, *values.iter().next()?));
        let mut dated: Vec<(Time, &[u8])> = self.others.iter().filter_map(first).collect();
        dated.sort_unstable();
        let (mut along, mut against) = (0_usize, 0_usize);
        for (place, (_, value)) in dated.iter().enumerate() {
            for (_, later) in &dated[place + 1..] {
                // Numbers of one length follow each other as texts do.
                match (value.len(), *value).cmp(&(later.len(), *later)) {
                    std::cmp::Ordering::Less => along += 1,
                    std::cmp::Ordering::Greater => against += 1,
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
        against * 3 < along
    }

    /// The values as numbers in the order in which they were first asked for, if all are.
    fn numbers(&self) -> Option<Vec<u64>> {
        let mut known: BTreeSet<&[u8]> = BTreeSet::new();
        let asked = self.lines.iter().filter_map(|line| value_of(line, self.name)).filter(|value| known.insert(value));
        let number = |value: &[u8]| {
            let is_number = value.len() <= DIGITS_MAX && value.iter().all(u8::is_ascii_digit);
            is_number.then(|| value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
        };
        asked.map(number).collect()
    }

    fn is_counted_up(&self) -> bool {
        self.numbers().is_some_and(|numbers| {
            let steps = numbers.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
            (numbers.len() - 1) * ROW_SHARE <= steps * 100
        })
    }

    /// Whether numbers begin beyond where the pages of a list would end.
    fn is_beyond_pages(&self) -> bool {
        self.numbers().is_some_and(|numbers| numbers.iter().min().is_some_and(|least| numbers.len() as u64 <= *least))
    }

    /// Whether answers are far longer than those of others; none where they are shorter, or hardly differ.
    fn add_sizes(&self, suspicion: &mut Suspicion) -> Option<bool> {
        let own: Vec<u64> = self.lines.iter().filter(|line| is_answered(line)).filter_map(|line| line.bytes).collect();
        let different = own.iter().collect::<BTreeSet<_>>().len();
        let visits: Vec<&Visit<'t>> = match self.others.is_empty() {
            true => self.without.clone(),
            false => self.others.iter().map(|(visit, _)| *visit).collect(),
        };
        let sizes = || visits.iter().flat_map(|visit| visit.sizes()).collect::<Vec<u64>>();
        let (middle, usual, long) = (size_at(own, 50)?, size_at(sizes(), 50)?, size_at(sizes(), 90)?);
        if middle * 2 < usual || different < SIZES_MIN {
            return None;
        }
        let is_far_longer = long * FAR_LONGER <= middle;
        Some(
            is_far_longer
                && suspicion.add(
                    "reply-size",
                    3,
                    format!("answers of {middle} bytes and more, every second of them"),
                    format!("{long} bytes at most, as nine of ten answers to others"),
                ),
        )
    }

    /// Whether most is asked for from a page that no visit of others names, where these name pages: an office's own.
    fn is_from_own_page(&self) -> bool {
        fn page(line: &Finding) -> Option<&[u8]> {
            let (_, page) = line.referer.as_deref().and_then(host_and_target)?;
            Some(Target::new(page).path)
        }
        let visits = self.others.iter().map(|(visit, _)| *visit).chain(self.without.iter().copied());
        let lines = visits.filter(|other| other.who != self.visit.who).flat_map(|visit| visit.lines.iter());
        let pages: BTreeSet<&[u8]> = lines.filter_map(|line| page(line)).collect();
        let own = self.lines.iter().filter_map(|line| page(line)).filter(|page| !pages.contains(page)).count();
        !pages.is_empty() && self.lines.len() < own * 2
    }
}

/// How many pairs there are of two who are not the same.
fn pairs_of_two(mut whos: Vec<Who<'_>>) -> usize {
    let pairs = |count: usize| count * count.saturating_sub(1) / 2;
    whos.sort_unstable();
    pairs(whos.len()) - whos.chunk_by(|one, other| one == other).map(|same| pairs(same.len())).sum::<usize>()
}

/// Whether a value is a day, a month, or a moment, as it is written: digits in groups, one of them a year.
fn is_of_calendar(value: &[u8]) -> bool {
    let is_year = |digits: &[u8]| digits.len() == 4 && matches!(&digits[..2], b"19" | b"20");
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if matches!(digits, 6 | 8) && digits == value.len() {
        return is_year(&value[..4]) && matches!(&value[4..6], [b'0', _] | [b'1', b'0'..=b'2']);
    }
    let mut groups = value.split(|byte| !byte.is_ascii_digit()).filter(|group| !group.is_empty());
    groups.any(is_year) && value.iter().filter(|byte| !byte.is_ascii_digit()).count() != 0 && digits != 0
}

/// Whose the values of a parameter are, by what others ask.
#[derive(Clone, Copy)]
struct Owned {
    /// How many values nine of ten visits have at most.
    usual: usize,
    /// How many of the values somebody else asks for.
    foreign: usize,
    /// How many who come back ask for the same as before, and how many come back.
    same: usize,
    back: usize,
    is_kept: bool,
}

impl Owned {
    fn words(self) -> (String, String) {
        let Owned { foreign, same, back, .. } = self;
        let seen = format!("{foreign} of the values are asked for by others, each by somebody else");
        let expected = match self.is_kept {
            true => format!("one's own: {same} of {back} who came back asked for the same as before"),
            false => "one's own: hardly two visits of others have a value in common".to_owned(),
        };
        (seen, expected)
    }
}

/// What is told of a visit.
struct Told<'t> {
    lines: Vec<&'t Finding>,
    suspicion: Suspicion,
    severity: Severity,
}

impl Told<'_> {
    fn judged(self) -> Vec<Judged> {
        tracer::told_lines(&self.lines, &self.suspicion, self.severity)
    }
}
