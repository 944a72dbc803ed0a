//! Choices of fields that ask for secrets by their names, or for everything.
//!
//! An interface that lets its caller choose fields answers honest pages that choose a few harmless ones. Whoever asks
//! for `*`, or for `credentials`, asks for what no page shows.

use std::sync::LazyLock;

use hashbrown::HashMap;
use memchr::memmem;

use crate::catalog::{Grade, ParamKind, SECRET_WORDS, TextRule, param_kind};
use crate::decode::Reading;
use crate::parts::Part;
use crate::request::{Field, Request};
use crate::signal::{Evidence, Role, Signal, Way};

/// Words by which interfaces mean every field.
const EVERYTHING: [&[u8]; 13] = [
    b"*",
    b"**",
    b"all",
    b"__all__",
    b"_all",
    b"everything",
    b"alle",
    b"alles",
    b"todo",
    b"todos",
    b"tudo",
    b"tutti",
    b"wszystkie",
];

/// A choice of secret fields.
pub(crate) struct SecretByName;

impl Signal for SecretByName {
    fn name(&self) -> &'static str {
        "secret-by-name"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1528")
    }

    fn about(&self) -> &'static str {
        "Chooses fields that hold secrets by their names, or every field, where a choice of fields is offered."
    }

    fn twin(&self) -> &'static str {
        "A page that really asks for every field: many clients send the same choice and get the usual size."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for part in request.parts.iter().filter(|part| part.field == Field::Param) {
            // What is still encoded is no name of a field: the last reading that names one tells best.
            let chosen = match part.kind == Some(ParamKind::Select) || is_graph_query(part) || is_json_choice(part) {
                true => part.readings.iter().rev().find_map(|reading| Some((reading, choice(part, &reading.text)?))),
                false => part.readings.iter().find_map(|reading| Some((reading, named(part, &reading.text)?))),
            };
            let chosen = chosen.or_else(|| Some((&part.readings[0], chosen_by_name(part)?)));
            if let Some((reading, (grade, seen, what))) = chosen {
                out.push(Evidence::new(grade, Way::Select, part, &reading.trail, seen, what));
            }
        }
    }
}

/// Whether a parameter holds a query in GraphQL.
fn is_graph_query(part: &Part) -> bool {
    matches!(&part.name[..], b"query" | b"gql") && part.readings.iter().any(|reading| reading.text.contains(&b'{'))
}

/// Whether a parameter holds a choice of fields in JSON.
fn is_json_choice(part: &Part) -> bool {
    let keys = [&b"\"fields\""[..], b"\"include\"", b"\"select\"", b"\"attributes\""];
    let holds_key = |reading: &Reading| keys.iter().any(|key| memmem::find(&reading.folded, key).is_some());
    part.readings.iter().any(|reading| reading.text.first() == Some(&b'{') && holds_key(reading))
}

/// A value that is the name of a variable of the environment which holds a secret: `AWS_SECRET_ACCESS_KEY`.
fn named<'t>(part: &Part, text: &'t [u8]) -> Option<(Grade, &'t [u8], &'static str)> {
    let is_variable =
        text.contains(&b'_') && text.iter().all(|byte| b"_0123456789".contains(byte) || byte.is_ascii_uppercase());
    if !is_variable || part.kind.is_some() {
        return None;
    }
    let endings = [&b"_KEY"[..], b"_SECRET", b"_PASSWORD", b"_URL"];
    let is_secret = VARIABLES.iter().any(|word| memmem::find(text, word).is_some());
    (is_secret && endings.iter().any(|ending| text.ends_with(ending))).then_some((
        Grade::Likely,
        text,
        "a variable of the environment that holds a secret",
    ))
}

/// What stands in the names of variables that hold secrets.
const VARIABLES: [&[u8]; 7] =
    [b"_SECRET", b"SECRET_KEY", b"_PASSWORD", b"_ACCESS_KEY", b"_PRIVATE_KEY", b"_API_KEY", b"DATABASE_URL"];

/// A choice by the name of the parameter itself: `filter[fields][password]=true`, `show_secrets=1`.
fn chosen_by_name(part: &Part) -> Option<(Grade, &[u8], &'static str)> {
    let is_yes = matches!(&part.readings[0].folded[..], b"1" | b"true" | b"yes" | b"on");
    if !is_yes {
        return None;
    }
    let is_choice =
        part.name.split(|byte| b"[]".contains(byte)).any(|word| param_kind(word) == Some(ParamKind::Select));
    let verbs =
        ["show", "with", "include", "reveal", "return", "expose", "export", "dump", "display", "full", "raw", "get"];
    let begins = verbs.iter().any(|verb| part.name.starts_with(verb.as_bytes()));
    let rule = secret_word(&part.name)
        .or_else(|| part.name.split(|byte| b"[]".contains(byte)).find_map(secret_word))
        .filter(|rule| rule.grade == Grade::Strong)?;
    (begins || is_choice && part.name.contains(&b'[')).then_some((Grade::Likely, &part.name[..], rule.what))
}

/// The most telling field that is chosen.
fn choice<'t>(part: &Part, text: &'t [u8]) -> Option<(Grade, &'t [u8], &'static str)> {
    let fields = || text.split(|byte| b",;| +{}()[]:\"'\n".contains(byte)).filter(|field| !field.is_empty());
    let secret = fields().filter_map(|field| Some((field, secret_word(field)?))).max_by_key(|(_, rule)| rule.grade);
    if let Some((field, rule)) = secret {
        let grade = if rule.grade == Grade::Strong { Grade::Likely } else { rule.grade };
        return Some((grade, field, rule.what));
    }
    // `show=all` is a page's own way to say that it wants no pages.
    let may_ask_all = |field: &&[u8]| {
        matches!(field, [b'*', ..]) || !matches!(&part.name[..], b"show" | b"with" | b"extra" | b"only" | b"parts")
    };
    let everything = fields()
        .find(|field| EVERYTHING.contains(field) && may_ask_all(field) && part.kind == Some(ParamKind::Select))?;
    Some((Grade::Fair, everything, "every field"))
}

/// The rule for a name of a field of which a part, or two parts together, are a secret word.
pub(crate) fn secret_word(field: &[u8]) -> Option<&'static TextRule> {
    let name = snake_case(field);
    let parts = || name.split(['_', '.', '-', '/', '$']).filter(|part| !part.is_empty());
    let mut best = None;
    for (at, part) in parts().enumerate() {
        let begun = BY_FIRST.get(part).into_iter().flatten();
        for (place, _) in begun.filter(|(_, rest)| parts().skip(at + 1).take(rest.len()).eq(rest.iter().copied())) {
            let rule = &SECRET_WORDS[*place];
            best = best.max(Some((rule.grade, rule.text.len(), *place)));
        }
    }
    best.map(|(_, _, place)| &SECRET_WORDS[place])
}

/// A secret word: its place in the list, and its parts behind the first.
type Begun = (usize, Vec<&'static str>);

/// The secret words by their first part.
static BY_FIRST: LazyLock<HashMap<&str, Vec<Begun>>> = LazyLock::new(|| {
    let mut by_first: HashMap<&str, Vec<Begun>> = HashMap::new();
    for (place, rule) in SECRET_WORDS.iter().enumerate() {
        let mut parts = rule.text.split('_');
        by_first.entry(parts.next().unwrap_or_default()).or_default().push((place, parts.collect()));
    }
    by_first
});

/// For how many humps of a name there is room at first.
const HUMPS_USUAL: usize = 4;

/// A name in lower case, an underscore before each of its humps: `apiKey` is `api_key`.
fn snake_case(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len() + HUMPS_USUAL);
    let mut was_lower = false;
    for byte in name {
        if byte.is_ascii_uppercase() && was_lower {
            out.push('_');
        }
        was_lower = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        out.push(char::from(byte.to_ascii_lowercase()));
    }
    out
}

#[cfg(test)]
mod tests {
    use accesslog::Record;

    use super::*;
    use crate::request::Others;

    fn seen(target: &str) -> Option<String> {
        let record = Record { target: Some(target.as_bytes()), ..Record::default() };
        let request = Request::new(&record, target.as_bytes(), Others::default());
        let mut out = Vec::new();
        SecretByName.look(&request, &mut out);
        out.first().map(|evidence| String::from_utf8_lossy(&evidence.seen).into_owned())
    }

    #[test]
    fn secrets_are_known_by_any_spelling_of_their_name() {
        for (target, want) in [
            ("/s?fields=name,apiKey", "apiKey"),
            ("/s?fields[]=aws.secretAccessKey", "aws.secretAccessKey"),
            ("/s?include=credentials", "credentials"),
            ("/s?fields=*", "*"),
            ("/s?fields=name%2Cintegrations.s3", "integrations.s3"),
            ("/s?$select=id,Password", "Password"),
            ("/g?query={me{id,accessToken}}", "accessToken"),
            ("/s?expand=all", "all"),
            ("/s?pola=*", "*"),
            ("/s?felder=name,zugangsdaten", "zugangsdaten"),
            ("/s?campos=nombre,pagos.secreto", "pagos.secreto"),
        ] {
            assert_eq!(seen(target).as_deref(), Some(want), "{target}");
        }
    }

    #[test]
    fn the_secret_word_of_a_name_is_the_most_telling_and_longest_of_all() {
        let plainly = |field: &str| {
            let name = snake_case(field.as_bytes());
            let parts: Vec<&str> = name.split(['_', '.', '-', '/', '$']).filter(|part| !part.is_empty()).collect();
            let is_in_name = |rule: &&TextRule| {
                let word: Vec<&str> = rule.text.split('_').collect();
                parts.windows(word.len()).any(|window| window == &word[..])
            };
            SECRET_WORDS.iter().filter(is_in_name).max_by_key(|rule| (rule.grade, rule.text.len()))
        };
        let words: Vec<&str> = SECRET_WORDS.iter().map(|rule| rule.text).collect();
        for one in &words {
            for other in &words {
                for name in
                    [one.to_string(), format!("{one}_{other}"), format!("{one}.x-{other}"), format!("_{one}{other}")]
                {
                    assert_eq!(
                        secret_word(name.as_bytes()).map(|rule| rule.text),
                        plainly(&name).map(|rule| rule.text),
                        "{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn other_fields_and_other_parameters_are_none() {
        for target in [
            "/s?fields=name,logo,locale",
            "/s?fields=monkeys,tokenizer",
            "/s?grant_type=password",
            "/s?q=secret",
            "/s?sort=*",
            "/s?query=keys",
            "/s?include=author",
            "/s?campos=nombre,clave",
            "/s?stadt=*",
        ] {
            assert_eq!(seen(target), None, "{target}");
        }
    }
}
