//! The signals that no single request shows: they are counted over many and judged where all are known.
//!
//! What they see is worked out in [`harvest`](crate::harvest) and [`blind`](crate::blind), beside the others of a
//! route, and weighed again by the [`Tracer`](crate::Tracer) with the lines in hand. Here stands what they are.

use accesslog::Fields;

use crate::signal::{Role, Signal};

/// A signal that is counted over many requests.
pub(crate) struct Counted {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) technique: Option<&'static str>,
    pub(super) about: &'static str,
    pub(super) twin: &'static str,
    pub(super) needs: Fields,
}

impl Signal for Counted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn role(&self) -> Role {
        self.role
    }

    fn technique(&self) -> Option<&'static str> {
        self.technique
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn twin(&self) -> &'static str {
        self.twin
    }

    fn needs(&self) -> Fields {
        self.needs
    }
}

const fn surprise(name: &'static str, about: &'static str, twin: &'static str, needs: Fields) -> Counted {
    Counted { name, role: Role::Surprise, technique: None, about, twin, needs }
}

/// Many records fetched one by one.
pub(crate) const OBJECT_HARVEST: Counted = Counted {
    name: "object-harvest",
    role: Role::Objective,
    technique: Some("T1213"),
    about: "Records of many people are fetched one by one through the route that serves each of them its own.",
    twin: "A crawler, a partner's sync, a back office: public objects, an agent of its own, no misses.",
    needs: Fields::CLIENT,
};

/// A document in an answer whose request does not show what was asked.
pub(crate) const ODD_REPLY: Counted = Counted {
    name: "odd-reply",
    role: Role::Objective,
    technique: Some("T1190"),
    about: "A route gives one client answers of a size that it gives nobody else, that of a document of keys, after failed tries.",
    twin: "A rare but honest answer: others get such too, or nothing failed before.",
    needs: Fields::BYTES,
};

/// How many different objects one client fetches.
pub(crate) const WALK_LENGTH: Counted = surprise(
    "walk-length",
    "A client fetches more different objects of a route than nearly all others.",
    "A customer who owns that many, an office behind one address.",
    Fields::CLIENT,
);

/// Identifiers that follow each other.
pub(crate) const WALK_ORDER: Counted = surprise(
    "walk-order",
    "The identifiers of the objects follow each other, by one client or by several in turn.",
    "A list that every visitor's page loads in order: then the others' are in a row too.",
    Fields::CLIENT,
);

/// Requests for objects that are not there.
pub(crate) const WALK_MISSES: Counted = surprise(
    "walk-misses",
    "Some of the objects asked for are not there: who guesses identifiers misses, who knows them does not.",
    "Old links: then the others miss too.",
    Fields::STATUS,
);

/// A client that asks for nothing else.
pub(crate) const NARROW_CLIENT: Counted = surprise(
    "narrow-client",
    "The client asks for nothing else of the service, where others load pages, settings and lists around it.",
    "A link that was sent by mail: then it is one object, not many.",
    Fields::CLIENT,
);

/// Records without what is around them.
pub(crate) const ORPHAN_FETCH: Counted = surprise(
    "orphan-fetch",
    "Many clients of one agent fetch records and never the page, the list or the settings that its users load first.",
    "A page that browsers keep, or that another server gives: then clients of all agents do so.",
    Fields::AGENT,
);

/// The records of many owners.
pub(crate) const CROSSED_OWNERS: Counted = surprise(
    "crossed-owners",
    "A client that asks for nothing else is given records that belong to many others, each to somebody else.",
    "A second device shares all its records with one other; an address that many share asks for much else too.",
    Fields::CLIENT,
);

/// A user that turns into somebody who takes what is others'.
pub(crate) const TURNED_HABIT: Counted = surprise(
    "turned-habit",
    "A client that came back to records of its own, day after day, takes many that it never asked for, more than any user has.",
    "Who helps the users: then it takes others' from its first day on.",
    Fields::TIME,
);

/// A host in a parameter that nobody else names.
pub(crate) const LONE_HOST: Counted = surprise(
    "lone-host",
    "The URL in a parameter names a host that no other client names there, where a few hosts are usual.",
    "Somebody's own picture on a host of his: then it is one picture, of one size.",
    Fields::TARGET,
);

/// A question that nobody else asks.
pub(crate) const LONE_CHOICE: Counted = surprise(
    "lone-choice",
    "The odd answers were asked for by a query that no other client sends to this route, which is asked in few ways: for other fields, another view.",
    "The first who has a new release: then others ask so too, or nothing was refused before.",
    Fields::TARGET,
);

/// Values of a parameter that are others'.
pub(crate) const OTHERS_VALUES: Counted = surprise(
    "others-values",
    "One visit goes through many values of a parameter of which each other visit has one or a few that hardly anybody shares: which \
     customer, which branch; or counts up a number under a name that nobody else sends.",
    "Who has many customers: it comes back to them. A month, a category, a product: then others share them, or come back to others.",
    Fields::TARGET,
);

/// Answers shorter than any, before the odd ones.
pub(crate) const LIST_BEFORE: Counted = surprise(
    "list-before",
    "Before the odd answers the client got some that are shorter than this route gives others: the names of roles are listed before their keys are given.",
    "A picture that is gone, of one's own host: then all that are gone get one answer.",
    Fields::BYTES,
);

/// The same document, of another size each time.
pub(crate) const REPLY_RENEWAL: Counted = surprise(
    "reply-renewal",
    "The odd answers come hours apart and differ by a few bytes each time, as keys do that run out and are fetched anew.",
    "A picture or a template of one user: it has one size.",
    Fields::BYTES,
);

/// An agent that many name.
pub(crate) const BORROWED_AGENT: Counted = Counted {
    name: "borrowed-agent",
    role: Role::Dress,
    technique: Some("T1036"),
    about: "A client that does what no user does names the agent of the users.",
    twin: "A user: then it does what users do.",
    needs: Fields::AGENT,
};

/// Failures on a route before the first odd answer.
pub(crate) const FAILURES_BEFORE: Counted = surprise(
    "failures-before",
    "The client failed on this route before it got such an answer, as one does who tries.",
    "A form that is filled in wrongly: then the answer that follows is an ordinary one.",
    Fields::STATUS,
);

/// A route whose objects are of one person each.
pub(crate) const PERSONAL_DATA: Counted = surprise(
    "personal-data",
    "The route names what belongs to one person each: orders, accounts, messages.",
    "A name that means something else here.",
    Fields::TARGET,
);
