//! The joint between a request and a reason to suspect it.
//!
//! A [`Signal`] is one reason. Most look at the text of a request while the log is read ([`Signal::look`]) and
//! say what it reaches for. Others need to know what is ordinary, which is known only at the end, and weigh what
//! the request got ([`Signal::weigh`]): these decide whether an attempt became a theft.
//!
//! A signal says what it saw, never what to think of the whole: that is for the [finding](crate::finding).

use accesslog::Fields;
use accesslog::kept::Phrase;
use serde::{Deserialize, Serialize};

use crate::catalog::{Answer, Grade};
use crate::decode::Layer;
use crate::hash;
use crate::kept;
use crate::outcome::Case;
use crate::parts::Part;
use crate::request::{Field, Request};

/// What a signal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// What the request reaches for.
    Objective,
    /// How it is made to look ordinary.
    Dress,
    /// How far it is from what others do.
    Surprise,
    /// What it got.
    Outcome,
}

impl Role {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Role::Objective => "objective",
            Role::Dress => "dress",
            Role::Surprise => "surprise",
            Role::Outcome => "outcome",
        }
    }
}

/// One reason to suspect a request.
pub trait Signal: Sync {
    /// Its name, `metadata-service`.
    fn name(&self) -> &'static str;

    /// What it speaks of.
    fn role(&self) -> Role;

    /// The ATT&CK technique it is a sign of, if it is of one.
    fn technique(&self) -> Option<&'static str> {
        None
    }

    /// What it is, in a sentence for people.
    fn about(&self) -> &'static str;

    /// What looks like it and is innocent, and how the two are told apart.
    fn twin(&self) -> &'static str;

    /// The fields without which it cannot run.
    fn needs(&self) -> Fields {
        Fields::TARGET
    }

    /// What it sees in the text of a request.
    fn look(&self, _request: &Request<'_>, _out: &mut Vec<Evidence>) {}

    /// What it makes of the answer, in bits for or against success.
    fn weigh(&self, _case: &Case<'_>) -> Option<Weight> {
        None
    }
}

/// How an objective is reached for: it decides what an answer to it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Way {
    /// Key material that stands in the log; nothing is reached for.
    Leak,
    /// Text that some program might act on; the answer says nothing of it.
    Inject,
    /// The server is asked to call a stranger's host.
    Callout,
    /// A choice of fields.
    Select,
    /// A document by its path.
    Document,
    /// A file through a parameter, or by steps up.
    Read,
    /// A place that the server is asked to fetch from.
    Fetch,
    /// A record, one of many.
    Harvest,
    /// What the request does not show.
    Blind,
    /// A call with a key.
    Use,
}

/// What a signal saw in the text of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// The signal, by its place in [`SIGNALS`](crate::SIGNALS).
    #[serde(deserialize_with = "kept::signal")]
    pub(crate) signal: u8,
    /// How telling it is.
    pub(crate) grade: Grade,
    /// How the objective is reached for.
    pub(crate) way: Way,
    /// The part of the request that it stands in.
    pub(crate) field: Field,
    /// The name of the parameter, if it stands in one.
    pub(crate) name: Box<[u8]>,
    /// Where the part stands in the target as written: offset and length.
    pub(crate) span: (u32, u32),
    /// The telling text, decoded; cut to [`SEEN_BYTES_MAX`].
    pub(crate) seen: Box<[u8]>,
    /// What it is, from the catalogue.
    #[serde(with = "accesslog::kept::phrase")]
    pub(crate) what: Phrase,
    /// The layers of encoding that hid it.
    pub(crate) trail: Box<[Layer]>,
    /// What the outcome can be told by.
    pub(crate) aim: Aim,
    /// The hash of what is reached for, however it is spelt: two requests for one thing have one object.
    pub(crate) object: u64,
}

/// How much of the name of a parameter is kept, in bytes.
const NAME_BYTES_MAX: usize = 1024;

/// How much of a telling text is kept, in bytes.
pub(crate) const SEEN_BYTES_MAX: usize = 200;

/// What the outcome of a request can be told by, beside its size.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Aim {
    /// Nothing.
    #[default]
    Plain,
    /// A path of a metadata service, and the role that is named behind it.
    Metadata {
        /// What an answer is.
        answer: Answer,
        /// The role.
        role: Option<Box<[u8]>>,
    },
}

/// What a signal makes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Bits of evidence for success; against it if negative.
    pub bits: i32,
    /// What was seen.
    pub seen: String,
    /// What would be expected if it were otherwise.
    pub expected: String,
}

impl Evidence {
    /// What a signal saw in one part, in text that a trail of layers leads to.
    pub(crate) fn new(
        grade: Grade,
        way: Way,
        part: &Part,
        trail: &[Layer],
        seen: &[u8],
        what: &'static str,
    ) -> Evidence {
        Evidence {
            signal: 0,
            grade,
            way,
            field: part.field,
            name: part.name[..part.name.len().min(NAME_BYTES_MAX)].into(),
            span: part.span,
            seen: seen[..seen.len().min(SEEN_BYTES_MAX)].into(),
            what,
            trail: trail.into(),
            aim: Aim::Plain,
            object: hash::hash(seen),
        }
    }

    /// How many bytes it takes, its texts taken in.
    pub(crate) fn bytes(&self) -> usize {
        let role = match &self.aim {
            Aim::Metadata { role: Some(role), .. } => role.len(),
            _ => 0,
        };
        size_of::<Evidence>() + self.name.len() + self.seen.len() + size_of_val(&*self.trail) + role
    }

    /// The same, reaching for the thing that these bytes name.
    pub(crate) fn reaching_for(self, object: &[u8]) -> Evidence {
        Evidence { object: hash::hash(object), ..self }
    }

    /// The place of the signal in [`SIGNALS`](crate::SIGNALS).
    pub(crate) fn signal(&self) -> &'static dyn Signal {
        crate::SIGNALS[usize::from(self.signal)]
    }
}
