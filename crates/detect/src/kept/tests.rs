//! The state of a pass, written down and read back, by its owner and by a forger.

use accesslog::{Cloud, Position, Record, Time};
use proptest::prelude::*;

use crate::hash::Key;
use crate::{Detector, Verdict};

/// A detector of a day of a small service, and of calls of a cloud; of every so-manieth record alone.
fn observed(part: usize, parts: usize) -> Detector {
    let mut detector = Detector::keyed(Key::of(&[7; 32]));
    for number in (0..600_usize).filter(|number| number % parts == part) {
        let client = format!("198.51.100.{}", number % 60);
        let target = match number % 10 {
            0 => "/fetch?url=http://169.254.169.254/latest/meta-data/iam/security-credentials/web".to_owned(),
            1 => "/.env".to_owned(),
            2 => format!("/fetch?url=https://cdn{}.example/a.png", number % 5),
            _ => format!("/orders/{}", 1_000 + number * 7 % 300),
        };
        let call = Cloud {
            operation: Some([&b"GetObject"[..], b"ListBuckets", b"GetSecretValue"][number % 3]),
            principal: Some(b"arn:aws:sts::111122223333:assumed-role/web/i-0abcdef12"),
            access_key_id: Some(b"ASIAQWERTYUIOPASDFGH"),
            ..Cloud::default()
        };
        let record = Record {
            raw: target.as_bytes(),
            time: Some(Time(number as i64 * 91_000_000_000)),
            client: Some(client.as_bytes()),
            method: Some(b"GET"),
            target: Some(target.as_bytes()),
            status: Some(if number % 7 == 0 { 404 } else { 200 }),
            bytes: Some(200 + number as u64 * 13 % 4_000),
            agent: Some(b"agent/1"),
            cloud: number.is_multiple_of(11).then_some(call),
            ..Record::default()
        };
        detector.observe(Position { offset: number as u64 * 80, line: number as u64, ..Position::default() }, &record);
    }
    detector
}

/// A state that nothing waits in.
fn merged(parts: impl IntoIterator<Item = Detector>) -> Detector {
    let mut all = Detector::keyed(Key::of(&[7; 32]));
    parts.into_iter().for_each(|part| all.merge(part));
    all
}

fn shown(verdict: &Verdict) -> String {
    format!("{:?} {:?} {} {:?}", verdict.incidents, verdict.limits, verdict.findings, verdict.traffic)
}

#[test]
fn a_state_that_is_read_back_goes_on_to_the_same_verdict() {
    let whole = merged([observed(0, 1)]).finish();
    assert!(!whole.incidents.is_empty());
    let whole = shown(&whole);
    let half = postcard::to_stdvec(&merged([observed(0, 3), observed(2, 3)])).unwrap();
    let back: Detector = postcard::from_bytes(&half).unwrap();
    assert_eq!(postcard::to_stdvec(&merged([back.clone()])).unwrap(), half, "nothing is lost");
    assert_eq!(shown(&merged([back, observed(1, 3)]).finish()), whole);
}

#[test]
fn what_waits_to_be_counted_is_not_forgotten_in_silence() {
    assert!(postcard::to_stdvec(&observed(0, 1)).is_err());
}

#[test]
fn a_forged_state_is_read_without_harm() {
    let good = postcard::to_stdvec(&merged([observed(0, 1)])).unwrap();
    let mut refused = 0;
    for place in (0..good.len()).step_by(1.max(good.len() / 1_500)) {
        let mut forged = good.clone();
        forged[place] = [0, 0x7F, 0xFF, good[place].wrapping_add(1)][place % 4];
        refused += usize::from(postcard::from_bytes::<Detector>(&forged).is_err());
    }
    assert!(0 < refused, "{refused}");
    for cut in (0..good.len()).step_by(1.max(good.len() / 300)) {
        assert!(postcard::from_bytes::<Detector>(&good[..cut]).is_err(), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn random_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..4_096)) {
        prop_assert!(postcard::from_bytes::<Detector>(&bytes).is_err());
    }
}
