//! What each signal of an outcome is worth, where thefts and innocents are told apart by what was answered.
//!
//! The worlds measure who is found. Whether a probe got something is decided in other logs: the samples, the stories of every
//! format, and larger logs where they are at hand; those of a cloud beside those of its service, too. There a signal is worth
//! something if without it a line is judged otherwise, and above all if something is loud that was not, or not loud that was.
//! Where several tell the same, the cases made for one alone ([`worth`](crate::worlds::worth)) show what it is there for.
//!
//! `cargo test -p keytrace-tests --features ablation -- ablated --nocapture` prints the table of
//! `crates/detect/EVALUATION.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use detect::{Role, SIGNALS};

use crate::corpora::corpora;
use crate::program::{of_type, root, rows};
use crate::worlds::worth::{CASES, wrong};

/// While it is held nobody else takes a signal out: what is out is out for the whole process. Tests that do not ask for it are
/// not to be run beside those that do.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a line is judged: the severity of its incident and how sure that is, and those of its own.
type Judgement = [String; 4];

fn is_loud([severity, ..]: &Judgement) -> bool {
    severity == "high" || severity == "critical"
}

/// The logs whose lines are judged: those of one answer together.
fn logs() -> Vec<Vec<PathBuf>> {
    let within = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("the folder can be read");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
        paths.sort();
        paths
    };
    let samples =
        within(&root().join("samples")).into_iter().filter(|path| path.is_dir()).flat_map(|folder| within(&folder));
    let stories = within(&root().join("tests/formats"));
    let larger = corpora().map_or_else(Vec::new, |corpora| {
        [within(&corpora.join("real")), within(&corpora.join("labelled/shop"))].concat()
    });
    let is_log = |path: &PathBuf| path.extension().is_none_or(|ending| ending != "txt" && ending != "ndjson");
    let alone = samples.chain(stories).chain(larger).filter(is_log).map(|path| vec![path]);
    // A service and its cloud.
    let sets = [Some(root().join("samples/stolen-role")), corpora().map(|corpora| corpora.join("labelled/shop"))];
    let together = sets.into_iter().flatten().map(|folder| within(&folder).into_iter().filter(is_log).collect());
    alone.chain(together).collect()
}

/// How each line that is told of is judged, by the logs that are read together.
fn judged(logs: &[Vec<PathBuf>]) -> BTreeMap<(usize, String, u64, u64), Judgement> {
    let mut all = BTreeMap::new();
    for (place, set) in logs.iter().enumerate() {
        let (rows, _) = rows(&set.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let incidents: BTreeMap<String, [String; 2]> = of_type(&rows, "incident")
            .iter()
            .map(|incident| (text(&incident["id"]), [text(&incident["severity"]), text(&incident["confidence"])]))
            .collect();
        for finding in of_type(&rows, "finding") {
            let source = &finding["source"];
            let [line, record] = ["line", "record"].map(|key| source[key].as_u64().expect("a finding has its place"));
            let [severity, confidence] = incidents.get(&text(&finding["incident"])).cloned().unwrap_or_default();
            let own = [severity, confidence, text(&finding["severity"]), text(&finding["confidence"])];
            all.insert((place, text(&source["path"]), line, record), own);
        }
    }
    all
}

#[test]
fn what_each_signal_decides_is_tabled() {
    let _alone = alone();
    let logs = logs();
    let whole = judged(&logs);
    let print = |row: String| writeln!(std::io::stdout(), "{row}").expect("standard output can be written");
    let loud = whole.values().filter(|one| is_loud(one)).count();
    print(
        "| without | lines judged otherwise | loud no more | loud that were not | cases told wrongly |\n| --- | ---: | ---: | ---: | --- |"
            .to_owned(),
    );
    print(format!("| nothing taken out | of {} | of {loud} | | none |", whole.len()));
    for signal in SIGNALS.iter().filter(|signal| signal.role() == Role::Outcome) {
        detect::ablation::take_out(Some(signal.name()));
        let without = judged(&logs);
        let cases: Vec<&str> = CASES.iter().filter(|case| !wrong(case, 1).is_empty()).map(|case| case.about).collect();
        detect::ablation::take_out(None);
        let count = |is: &dyn Fn(Option<&Judgement>, Option<&Judgement>) -> bool| {
            let keys: BTreeSet<_> = whole.keys().chain(without.keys()).collect();
            keys.into_iter().filter(|key| is(whole.get(*key), without.get(*key))).count()
        };
        let otherwise = count(&|before, after| before != after);
        let quieter = count(&|before, after| before.is_some_and(is_loud) && !after.is_some_and(is_loud));
        let louder = count(&|before, after| !before.is_some_and(is_loud) && after.is_some_and(is_loud));
        let cases = if cases.is_empty() { "none".to_owned() } else { cases.join("; ") };
        print(format!("| `{}` | {otherwise} | {quieter} | {louder} | {cases} |", signal.name()));
    }
}
