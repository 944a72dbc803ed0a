//! A look at the opening of every source before any is read.
//!
//! It settles what must not depend on which worker comes first: the numbers of the sources, and which of two with the
//! same content is read.
//!
//! **Numbers.** A source takes one number. An archive, or a pipe, in which anything may come, takes a block of them: the
//! members of an archive are then numbered as they come, and nobody has to unpack it beforehand to count them.
//!
//! **Twins.** A log and its compressed copy would count every request twice. Sources whose first bytes, unpacked, are the
//! same are candidates; only these are read whole, and their digests compared. What differs in one byte is read, as a
//! growing log and a copy of it taken last night do; and so is what cannot be unpacked to its end. Members of archives, and
//! pipes, are met too late for this: they are held against the files that begin alike when they come (see [`twin`]), and
//! where one begins as another member does, the account says so.
//!
//! [`twin`]: crate::twin
//!
//! **The key.** What the openings hold makes a key for hashes ([`content_key`](crate::content_key)): the same for whoever
//! reads the same logs, in whatever order they are named and however they are packed, and unknown to a stranger who
//! writes to them, as he would have to know every byte that others wrote there. So it is made of the unpacked text: of
//! archives, of the stream that holds their members. A pipe is looked at too; what was read of it is kept for the pass.
//! Copies of one opening count once, and what is no log does not count. That only openings are looked at, not ends,
//! has its reason: the end of a compressed log is known when all of it is unpacked, and a log that grows keeps its key.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;

use accesslog::{Recognition, recognise};
use blake3::{Hash, Hasher};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::budget::Limits;
use crate::peel::{Peeled, Whose, glance_budget, peek, peel};
use crate::twin::unpacked;
use crate::{Config, Inputs, Layers, Source, source};

/// How many unpacked bytes must be the same for two sources to be compared whole.
pub(crate) const OPENING_BYTES: usize = 4 << 10;

/// How many unpacked bytes of all openings together make the key, about, and of one at most.
const KEY_BYTES: usize = 1 << 20;
const KEY_BYTES_OF_ONE: usize = 64 << 10;

/// How many sources are looked at, record by record, before all are, at most.
const SAMPLE_MAX: usize = 256;

/// How much of an opening shows whether it is of a log, in bytes.
const RECOGNISED_BYTES: usize = 16 << 10;

/// How many members of one archive can be numbered, at most.
const MEMBERS_MAX: u32 = 1 << 18;

/// How much is read at once to take a digest, in bytes.
const DIGEST_READ_BYTES: usize = 256 << 10;

/// What is settled of each source, in their order.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) plans: Vec<Plan>,
    /// The key that the openings make.
    pub(crate) key: [u8; 32],
    /// The sources whose records are looked at before all are: of those that open alike one, and of many some.
    pub(crate) sample: Vec<usize>,
    /// The files that are read and are one log each, by the digest of their openings.
    pub(crate) files: HashMap<Hash, Vec<usize>>,
    /// The pipes that were looked at, by the place of their source: each can be taken once.
    pub(crate) pipes: HashMap<usize, Mutex<Option<Pipe>>>,
}

/// A pipe of which the beginning was read.
pub(crate) struct Pipe {
    beginning: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

impl Pipe {
    /// One of which nothing was read yet.
    pub(crate) fn new(rest: Box<dyn Read + Send>) -> Pipe {
        Pipe { beginning: Vec::new(), rest }
    }
}

impl Pipe {
    /// All of it, from its beginning.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send> {
        Box::new(io::Cursor::new(self.beginning).chain(self.rest))
    }
}

impl std::fmt::Debug for Pipe {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Pipe").field("beginning", &self.beginning.len()).finish_non_exhaustive()
    }
}

/// Reads, and keeps what was read.
struct Keeping(Pipe);

impl Read for Keeping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.rest.read(buffer)?;
        self.0.beginning.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// What is to be done with a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The number of the source, or of the first member.
    pub(crate) first: u32,
    /// How many numbers it has; 0 where they are used up.
    pub(crate) numbers: u32,
    /// The source that has the same content and is read instead.
    pub(crate) twin_of: Option<usize>,
}

/// What the opening of a source tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Glance {
    /// One log, or nothing that can be read.
    One(Option<Opening>),
    /// Perhaps many: an archive.
    Many(Option<Opening>),
    /// Perhaps many, and it cannot be looked at beforehand.
    Pipe,
}

/// The beginning of the unpacked content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opening {
    digest: Hash,
    is_plain: bool,
}

impl Survey {
    /// The pipe that a source is, if it is one and was not taken yet.
    pub(crate) fn pipe(&self, source: usize) -> Option<Pipe> {
        self.pipes.get(&source).and_then(|pipe| pipe.lock().ok()?.take())
    }

    /// Shows a pipe that was not taken yet from its beginning, and keeps what is read of it for the pass.
    pub(crate) fn peep(&self, source: usize, show: impl FnOnce(Box<dyn Read + '_>)) {
        let Some(Ok(mut pipe)) = self.pipes.get(&source).map(Mutex::lock) else { return };
        if let Some(taken) = pipe.take() {
            let mut keeping = Keeping(Pipe::new(taken.into_reader()));
            show(Box::new(&mut keeping));
            *pipe = Some(keeping.0);
        }
    }

    /// The files that are read and begin with these bytes, which are all of a text or its first
    /// [`OPENING_BYTES`]. None begins with nothing.
    pub(crate) fn beginning_with(&self, opening: &[u8]) -> &[usize] {
        if opening.is_empty() { &[] } else { self.files.get(&blake3::hash(opening)).map_or(&[], Vec::as_slice) }
    }

    /// Looks at all sources, on the threads of the pool it is called in.
    pub(crate) fn of(inputs: &Inputs, config: &Config) -> Survey {
        let key_bytes = (KEY_BYTES / inputs.sources.len().max(1)).clamp(OPENING_BYTES, KEY_BYTES_OF_ONE);
        let looks: Vec<Look> =
            inputs.sources.par_iter().map(|source| look(inputs, source, config, key_bytes)).collect();
        let parts = looks.iter().enumerate().filter_map(|(place, look)| Some((look.part?.into(), place)));
        let mut parts: Vec<([u8; 32], usize)> = parts.collect();
        let glances: Vec<Glance> = looks.iter().map(|look| look.glance).collect();
        let pipes = looks.into_iter().enumerate();
        let pipes = pipes.filter_map(|(place, look)| Some((place, Mutex::new(Some(look.pipe?))))).collect();
        let mut plans = numbered(&glances);
        for group in groups(&glances) {
            compare(inputs, &glances, &group, config.limits, &mut plans);
        }
        parts.sort_unstable();
        parts.dedup_by_key(|(part, _)| *part);
        // By their digests: no name, and no order in which they are named, says which these are.
        let sample = parts.iter().take(SAMPLE_MAX).map(|(_, place)| *place).collect();
        let parts: Vec<[u8; 32]> = parts.into_iter().map(|(part, _)| part).collect();
        let mut files: HashMap<Hash, Vec<usize>> = HashMap::new();
        for (place, glance) in glances.iter().enumerate().filter(|(place, _)| plans[*place].twin_of.is_none()) {
            if let Glance::One(Some(opening)) = glance {
                files.entry(opening.digest).or_default().push(place);
            }
        }
        Survey { plans, key: blake3::derive_key(KEY_CONTEXT, parts.as_flattened()), sample, files, pipes }
    }
}

/// What the key is for, as its derivation wants to be told.
const KEY_CONTEXT: &str = "keytrace: the key of hashes, of the openings of all logs";

/// What a look at the opening of a source gives.
struct Look {
    glance: Glance,
    /// What the opening adds to the key.
    part: Option<Hash>,
    pipe: Option<Pipe>,
}

/// Looks at the opening of a source: so many bytes of it, unpacked, are for the key.
fn look(inputs: &Inputs, source: &Source, config: &Config, key_bytes: usize) -> Look {
    if source.built_in.is_some() {
        return Look { glance: Glance::One(None), part: source.built_in.map(blake3::hash), pipe: None };
    }
    if inputs.is_followed {
        // Many files may come to have its name, and what they begin with is not there yet.
        return Look { glance: Glance::Pipe, part: None, pipe: None };
    }
    let is_pipe = source.path == Path::new("-") || fs::metadata(&source.path).is_ok_and(|metadata| !metadata.is_file());
    let Ok(rest) = source::raw(&source.path) else {
        return Look { glance: if is_pipe { Glance::Pipe } else { Glance::One(None) }, part: None, pipe: None };
    };
    let mut keeping = Keeping(Pipe { beginning: Vec::new(), rest });
    let opening = opening(Box::new(&mut keeping), key_bytes);
    let logs = opening.as_ref().filter(|(text, _, is_archive)| *is_archive || is_log(text, config));
    let part = logs.map(|(text, ..)| blake3::hash(text));
    if is_pipe {
        return Look { glance: Glance::Pipe, part, pipe: Some(keeping.0) };
    }
    let Some((text, is_plain, is_archive)) = opening else {
        return Look { glance: Glance::One(None), part, pipe: None };
    };
    let is_wanted = is_archive || inputs.selection.includes(&source.path);
    let digest = blake3::hash(&text[..text.len().min(OPENING_BYTES)]);
    let opening = (is_wanted && !text.is_empty()).then_some(Opening { digest, is_plain });
    let glance = if is_archive { Glance::Many(opening) } else { Glance::One(opening) };
    Look { glance, part: part.filter(|_| is_wanted), pipe: None }
}

/// Whether a text is a log. What lies beside logs, such as an earlier report on them, must not change the key.
fn is_log(opening: &[u8], config: &Config) -> bool {
    let opening = &opening[..opening.len().min(RECOGNISED_BYTES)];
    match &config.reading {
        Some(reading) => 0 < Recognition::given(reading.clone(), opening).read,
        None => recognise(opening).reading.is_some(),
    }
}

/// The beginning of the unpacked content, whether it is not packed at all, and whether it is an archive.
fn opening(reader: Box<dyn Read + '_>, bytes: usize) -> Option<(Vec<u8>, bool, bool)> {
    let Peeled { mut reader, layers, archive } = peel(reader, Layers::default(), &glance_budget(), Whose::File).ok()?;
    let (text, fault) = peek(&mut reader, bytes);
    fault.is_none().then(|| (text, layers.0.is_empty(), archive.is_some()))
}

/// Gives every source its numbers.
fn numbered(glances: &[Glance]) -> Vec<Plan> {
    let is_one = |glance: &&Glance| matches!(glance, Glance::One(_));
    let ones = u32::try_from(glances.iter().filter(is_one).count()).unwrap_or(u32::MAX);
    let blocks = u32::try_from(glances.len()).unwrap_or(u32::MAX) - ones;
    let block = MEMBERS_MAX.min((u32::MAX - ones) / blocks.max(1));
    let mut first = 0_u32;
    let number = |glance: &Glance| {
        let want = if is_one(&glance) { 1 } else { block };
        let plan = Plan { first, numbers: want.min(u32::MAX - first), ..Plan::default() };
        first += plan.numbers;
        plan
    };
    glances.iter().map(number).collect()
}

/// The sources that begin alike, each group in order, groups of one left out.
fn groups(glances: &[Glance]) -> Vec<Vec<usize>> {
    let mut groups: HashMap<Hash, Vec<usize>> = HashMap::new();
    for (place, glance) in glances.iter().enumerate() {
        if let Glance::One(Some(opening)) | Glance::Many(Some(opening)) = glance {
            groups.entry(opening.digest).or_default().push(place);
        }
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|group| 1 < group.len()).collect();
    groups.sort_unstable();
    groups
}

/// Compares sources that begin alike, and settles which of them are twins.
fn compare(inputs: &Inputs, glances: &[Glance], group: &[usize], limits: Limits, plans: &mut [Plan]) {
    let is_plain = |place: usize| matches!(glances[place], Glance::One(Some(opening)) | Glance::Many(Some(opening)) if opening.is_plain);
    // Of plain files, only those of one size can be the same.
    let can_be_same = |one: usize, other: usize| {
        one != other && (!is_plain(one) || !is_plain(other) || inputs.sources[one].size == inputs.sources[other].size)
    };
    let digests: Vec<Option<Hash>> = group
        .into_par_iter()
        .map(|&one| {
            let has_candidate = group.iter().any(|&other| can_be_same(one, other));
            has_candidate.then(|| digest(&inputs.sources[one], limits)).flatten()
        })
        .collect();
    for (at, &place) in group.iter().enumerate() {
        let same = (0..at).find(|&before| digests[before].is_some() && digests[before] == digests[at]);
        plans[place].twin_of = same.map(|before| group[before]);
    }
}

/// The digest of the unpacked content; `None` if it cannot be unpacked to its end.
fn digest(source: &Source, limits: Limits) -> Option<Hash> {
    let mut reader = unpacked(source, limits)?;
    let (mut hasher, mut buffer) = (Hasher::new(), vec![0; DIGEST_READ_BYTES]);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Some(hasher.finalize()),
            Ok(count) => {
                hasher.update(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{CODECS, packed};

    fn text(lines: usize) -> Vec<u8> {
        let line = |line| format!("192.0.2.7 - - [01/May/2024:00:00:00 +0000] \"GET /{line} HTTP/1.1\" 200 5\n");
        (0..lines).flat_map(|number| line(number).into_bytes()).collect()
    }

    /// The plans for files of those contents, in a folder, named `a`, `b` and so on.
    fn plans(contents: &[Vec<u8>]) -> Vec<Plan> {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in ('a'..).zip(contents) {
            fs::write(folder.path().join(name.to_string()), content).unwrap();
        }
        Survey::of(&Inputs::find([folder.path()]), &Config::default()).plans
    }

    fn twins(contents: &[Vec<u8>]) -> Vec<Option<usize>> {
        plans(contents).iter().map(|plan| plan.twin_of).collect()
    }

    #[test]
    fn a_copy_is_a_twin_however_it_is_compressed() {
        let log = text(500);
        let mut contents = vec![log.clone(), log.clone()];
        contents.extend(CODECS.map(|codec| packed(codec, &log)));
        let mut expected = vec![Some(0); contents.len()];
        expected[0] = None;
        assert_eq!(twins(&contents), expected);
    }

    /// The key that files of those contents make.
    fn key(contents: &[Vec<u8>]) -> [u8; 32] {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in ('a'..).zip(contents) {
            fs::write(folder.path().join(name.to_string()), content).unwrap();
        }
        Survey::of(&Inputs::find([folder.path()]), &Config::default()).key
    }

    #[test]
    fn the_key_is_of_the_content_alone() {
        let (one, other) = (text(500), text(900).split_off(68 * 40));
        let whole = key(&[one.clone(), other.clone()]);
        assert_eq!(key(&[other.clone(), one.clone()]), whole, "another order");
        assert_eq!(key(&[one.clone(), other.clone(), one.clone()]), whole, "a copy");
        for codec in CODECS {
            assert_eq!(key(&[packed(codec, &one), other.clone()]), whole, "{codec:?}");
        }
        let mut changed = one.clone();
        changed[15_000] ^= 1;
        assert_ne!(key(&[changed, other.clone()]), whole, "one bit, far from the beginning");
        assert_eq!(key(&[one.clone(), other.clone(), b"keytrace 1: a report at 12:34:56\n".to_vec()]), whole, "no log");
        assert_ne!(key(&[one]), key(&[other]));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_gives_the_key_of_what_flows_through_it_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, log) = (folder.path().join("pipe"), text(50_000));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            return;
        }
        let content = packed(CODECS[0], &log);
        let survey = std::thread::scope(|scope| {
            scope.spawn(|| fs::write(&pipe, &content).unwrap());
            let survey = Survey::of(&Inputs::find([&pipe]), &Config::default());
            let mut read = Vec::new();
            survey.pipe(0).unwrap().into_reader().read_to_end(&mut read).unwrap();
            assert_eq!(read, content);
            survey
        });
        assert_eq!(survey.key, key(&[log]));
        assert!(survey.pipe(0).is_none(), "it is taken once");
    }

    #[test]
    fn what_differs_in_one_byte_or_is_longer_is_no_twin() {
        let log = text(500);
        let mut other = log.clone();
        *other.last_mut().unwrap() = b' ';
        let longer = text(501);
        let compressed = packed(CODECS[0], &other);
        assert_eq!(twins(&[log, other, longer, compressed]), [None, None, None, Some(1)]);
    }

    #[test]
    fn what_is_damaged_or_empty_is_no_twin() {
        let whole = packed(CODECS[0], &text(5000));
        let cut = whole[..whole.len() - 1].to_vec();
        assert_eq!(twins(&[whole, cut.clone(), cut, vec![], vec![]]), [None; 5]);
    }

    #[test]
    fn an_archive_takes_a_block_of_numbers() {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        header.set_cksum();
        archive.append_data(&mut header, "access.log", &b"x\n"[..]).unwrap();
        let archive = archive.into_inner().unwrap();
        let found = plans(&[text(1), packed(CODECS[1], &archive), text(2)]);
        let numbers: Vec<_> = found.iter().map(|plan| (plan.first, plan.numbers)).collect();
        assert_eq!(numbers, [(0, 1), (1, MEMBERS_MAX), (1 + MEMBERS_MAX, 1)]);
    }

    #[test]
    fn numbers_are_shared_out_when_there_are_many_archives() {
        let plans = numbered(&vec![Glance::Pipe; 100_000]);
        assert!(plans.iter().all(|plan| plan.numbers == u32::MAX / 100_000));
    }
}
