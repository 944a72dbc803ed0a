//! Layouts that begin as the combined format does.
//!
//! Most layouts that people write are the combined format and something behind it. Where its six quotes stand tells where all
//! else must, so the beginning of an ordinary line is read as in that format ([`ordinary`]), and the walk goes
//! on behind it. A line that is not ordinary is walked along from its first byte: whatever is read here is read the same
//! there, which the tests ask.

use super::field::Meaning;
use super::literal::Literal;
use super::syntax::Syntax;
use super::{Layout, Step};
use crate::marks::{QUOTES, Quotes};
use crate::ordinary;
use crate::time::LastDay;
use crate::{Escape, Record};

/// A field of the combined format and the literal behind it: how nginx has it, and how Apache does, up to the agent, what stands
/// behind which is anybody's.
type Mould = (Meaning, &'static [u8]);

const NGINX: [Mould; 7] = [
    (Meaning::Client, b" - "),
    (Meaning::User, b" ["),
    (Meaning::Time, b"] \""),
    (Meaning::Request, b"\" "),
    (Meaning::Status, b" "),
    (Meaning::Bytes, b" \""),
    (Meaning::Referer, b"\" \""),
];

const APACHE: [Mould; 8] = [
    (Meaning::Client, b" "),
    (Meaning::Other, b" "),
    (Meaning::User, b" "),
    (Meaning::Time, b" \""),
    (Meaning::Request, b"\" "),
    (Meaning::Status, b" "),
    (Meaning::Bytes, b" \""),
    (Meaning::Referer, b"\" \""),
];

/// The number of the agent's step in a layout that begins as the combined format does.
pub(super) fn agent_of(escape: Escape, prefix: &Literal, steps: &[Step]) -> Option<usize> {
    let is_plain = prefix.text().is_empty() && escape == Escape::Backslash;
    let fits = |mould: &[Mould]| {
        let agent = steps.get(mould.len())?;
        let is_agent = agent.meaning == Meaning::Agent && agent.is_quoted && matches!(agent.field.syntax, Syntax::Text);
        let is_of = |(step, (meaning, after)): (&Step, &Mould)| {
            step.meaning == *meaning
                && step.after.text() == *after
                && !step.field.is_padded
                && is_usual(*meaning, &step.field.syntax)
        };
        (is_agent && steps.iter().zip(mould).all(is_of)).then_some(mould.len())
    };
    if is_plain { fits(&NGINX).or_else(|| fits(&APACHE)) } else { None }
}

/// Whether the values of a field look as in the combined format.
fn is_usual(meaning: Meaning, syntax: &Syntax) -> bool {
    match meaning {
        Meaning::Client | Meaning::Other => matches!(syntax, Syntax::Word),
        Meaning::Time => matches!(syntax, Syntax::Clf),
        Meaning::Status => matches!(syntax, Syntax::Status),
        Meaning::Bytes => matches!(syntax, Syntax::Integer),
        _ => matches!(syntax, Syntax::Text),
    }
}

impl Layout {
    /// Reads the beginning of an ordinary line: the number of the step that is next, and what stands there.
    pub(super) fn begin<'a>(&self, line: &'a [u8], record: &mut Record<'a>) -> Option<(usize, &'a [u8])> {
        let agent = self.agent?;
        let quotes = Quotes::first(memchr::memchr_iter(b'"', line))?;
        let behind = &line[quotes.at[QUOTES - 1]..];
        let rest = match self.steps.len() - 1 == agent {
            true if behind == b"\"" && self.steps[agent].after.text() == b"\"" => &[],
            true => return None,
            false => self.steps[agent].after.strip(behind).filter(|rest| self.next_fits(agent + 1, rest))?,
        };
        ordinary::beginning(line, quotes, &mut LastDay::default(), record).then_some((agent + 1, rest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Format;
    use crate::layout::Dialect;

    const BEGINNINGS: [(Dialect, &str); 2] = [
        (
            Dialect::Nginx,
            r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
        ),
        (Dialect::Apache, r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
    ];

    /// The layouts, and what each has behind the agent.
    fn layouts() -> Vec<Layout> {
        let behind = [
            ["", r#" "$http_x_forwarded_for""#, " $request_time $upstream_addr", " rt=$request_time"],
            ["", r#" "%{X-Forwarded-For}i""#, " %D %v", " rt=%D"],
        ];
        let compile = |(dialect, text): (Dialect, &str), behind: &str| dialect.compile(&format!("{text}{behind}"));
        let each =
            |(beginning, behind): (_, [&'static str; 4])| behind.map(|behind| compile(beginning, behind).unwrap());
        BEGINNINGS.into_iter().zip(behind).flat_map(each).collect()
    }

    #[test]
    fn what_begins_otherwise_is_told() {
        assert!(layouts().iter().all(|layout| layout.agent.is_some()));
        for (dialect, text) in [
            (
                Dialect::Nginx,
                r#"$host $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
            ),
            (
                Dialect::Nginx,
                r#"$remote_addr - $remote_user [$time_iso8601] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
            ),
            (
                Dialect::Nginx,
                r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" "$http_referer""#,
            ),
            (
                Dialect::Nginx,
                r#"$remote_addr - $remote_user [$time_local] "$request_uri" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
            ),
            (Dialect::Apache, r#"%h %l %u %t "%r" %b %>s "%{Referer}i" "%{User-Agent}i""#),
        ] {
            assert_eq!(dialect.compile(text).unwrap().agent, None, "{text}");
        }
    }

    #[test]
    fn only_a_layout_that_is_the_combined_format_is_read_by_quotes_alone() {
        let whole = |layout: &Layout| layout.ordinary().is_some();
        assert_eq!(layouts().iter().map(whole).collect::<Vec<_>>(), [true, false, false, false].repeat(2));
        assert!(layouts().iter().all(Layout::begins_with_client));
    }

    proptest! {
        #[test]
        fn a_line_is_read_as_by_the_walk_alone(
            pieces in any::<[prop::sample::Index; 9]>(),
            change in prop::option::weighted(0.6, (any::<prop::sample::Index>(), any::<prop::sample::Index>())),
        ) {
            const PIECES: [&[&str]; 9] = [
                &["192.0.2.7", "2001:db8::1", "-", "[2001:db8::1]", "192.0.2.7:51234", "a,"],
                &[" - - [", " - - [", " - bob [", " - a b ["],
                &["10/Oct/2000:13:55:36 -0700", "10/Oct/2000:00:00:00 -0700", "29/Feb/2023:01:02:03 +0000"],
                &["] \"", "] \""],
                &["GET /a?b=1 HTTP/1.1", "POST /a b HTTP/2.0", "GET", "-", "", "GET /\\\" 200 1 HTTP/1.1", "GET /\" 200 1 \"x\" \"y HTTP/1.1"],
                &["\" 200 ", "\" 404 ", "\" - ", "\" 2000 "],
                &["0", "2326", "-", "99999999", "123456789"],
                &[" \"-\" \"-\"", " \"https://a/\" \"Mozilla/5.0 (x)\"", " \"\" \"\"", " - \"-\"", " \"a\" b\" \"c\"", " \"a\" \"b\\\" c\""],
                &["", " \"-\"", " \"192.0.2.1, 192.0.2.2\"", " 0.034 10.0.0.1:80", " 1203 shop.example", " rt=0.120", " rt=-", " ", " \""],
            ];
            const ODD: &[u8] = b"\"\\ -[],:/09a\x80";
            let text: String = PIECES.iter().zip(&pieces).map(|(choice, index)| *index.get(choice)).collect();
            let mut line = text.into_bytes();
            if let Some((place, byte)) = change {
                let place = place.index(line.len());
                line[place] = *byte.get(ODD);
            }
            for mut layout in layouts() {
                let read = layout.read_head(&line);
                layout.agent = None;
                let walked = layout.read_head(&line);
                prop_assert_eq!(&read, &walked, "{}", line.escape_ascii());
                // A second pass knows whose a line is by its beginning alone.
                if let (Some(client), Ok((record, _))) = (ordinary::client_of(&line), walked) {
                    prop_assert_eq!(client, record.client.unwrap_or_default());
                }
            }
        }
    }
}
