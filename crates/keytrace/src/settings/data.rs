//! The data map of `keytrace.toml`: which requests and which objects give out which items of whom.

use std::collections::BTreeMap;

use accesslog::JsonPaths;
use detect::{ContentForm, ContentRule, DataMap, DataPlace, DataRule, ITEMS_MAX};
use serde::Deserialize;
use toml::Spanned;

use super::{Wrong, pattern, said};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataTable {
    path: Option<Spanned<String>>,
    object: Option<Spanned<String>>,
    content: Option<Spanned<String>>,
    parameter: Option<Spanned<String>>,
    column: Option<Spanned<String>>,
    field: Option<Spanned<String>>,
    #[serde(default)]
    held_in: BTreeMap<String, Spanned<String>>,
    class: Option<String>,
    kind: Option<Spanned<String>>,
    items: Option<Spanned<Vec<Spanned<String>>>>,
}

/// The map that the tables give.
pub(super) fn data_map(rules: Vec<Spanned<DataTable>>) -> Result<DataMap, Wrong> {
    let mut map = DataMap::default();
    for rule in rules {
        let at = rule.span().start;
        let rule = rule.into_inner();
        match &rule.content {
            Some(_) if rule.path.is_none() && rule.object.is_none() => content(&mut map, at, rule)?,
            _ => request(&mut map, at, rule)?,
        }
    }
    Ok(map)
}

/// Takes in a rule about requests that name their subject.
fn request(map: &mut DataMap, at: usize, rule: DataTable) -> Result<(), Wrong> {
    let wrong = |because: &str| Wrong { at, because: because.to_owned() };
    let (place, text) = match (&rule.path, &rule.object, &rule.content) {
        (Some(path), None, None) => (DataPlace::Route, path),
        (None, Some(object), None) => (DataPlace::Object, object),
        _ => return Err(wrong("expected either path or object, or content")),
    };
    if rule.column.is_some() || rule.field.is_some() || !rule.held_in.is_empty() {
        return Err(wrong(
            "column, field and held_in say where something stands in a content, which this entry is not about",
        ));
    }
    let pattern = pattern(text)?;
    if pattern.has_subject() == rule.parameter.is_some() {
        let because = "expected {subject} in the pattern, or parameter with the name of the one that holds it";
        return Err(Wrong::at(text, because));
    }
    if let (DataPlace::Object, Some(parameter)) = (place, &rule.parameter) {
        return Err(Wrong::at(parameter, "expected {subject} in the key of an object, which has no parameters"));
    }
    let items = items(map, at, rule.items)?;
    let parameter = rule.parameter.map(|name| said(name, "the name of a parameter")).transpose()?;
    map.rules.push(DataRule {
        class: rule.class,
        place,
        pattern,
        parameter: parameter.map(|name| name.to_ascii_lowercase()),
        kind: kind(rule.kind)?,
        items,
    });
    Ok(())
}

/// Takes in a rule about objects that hold many subjects.
fn content(map: &mut DataMap, at: usize, rule: DataTable) -> Result<(), Wrong> {
    let wrong = |because: &str| Wrong { at, because: because.to_owned() };
    let Some(text) = &rule.content else { return Err(wrong("expected content")) };
    let pattern = pattern(text)?;
    if pattern.has_subject() {
        return Err(Wrong::at(text, "expected no {subject}: who is in an object stands in it, not in its name"));
    }
    if let Some(parameter) = &rule.parameter {
        return Err(Wrong::at(parameter, "expected column or field: a content has no parameters"));
    }
    let form = match (rule.column, rule.field) {
        (Some(_), Some(_)) => return Err(wrong("expected either column or field")),
        (Some(column), None) => ContentForm::Column(said(column, "the name of a column")?),
        (None, Some(field)) => {
            let paths = rule.held_in.values().map(|path| path.get_ref().as_str());
            let paths: Vec<&str> = std::iter::once(field.get_ref().as_str()).chain(paths).collect();
            JsonPaths::new(&paths).map_err(|because| Wrong::at(&field, because))?;
            ContentForm::Field(field.into_inner())
        }
        (None, None) => ContentForm::Log,
    };
    if form == ContentForm::Log && (rule.kind.is_some() || !rule.held_in.is_empty()) {
        return Err(wrong(
            "expected column or field: the requests of a log name whom the entries with path and object say",
        ));
    }
    let mut bits = if rule.items.is_some() || rule.held_in.is_empty() { items(map, at, rule.items)? } else { 0 };
    let mut held = Vec::new();
    for (item, place) in rule.held_in {
        let bit = bit(map, place.span().start, item)?;
        bits &= !bit;
        held.push((bit, said(place, "the name of a column, or the path of a field")?));
    }
    map.contents.push(ContentRule { pattern, form, kind: kind(rule.kind)?, items: bits, held });
    Ok(())
}

fn kind(kind: Option<Spanned<String>>) -> Result<Option<String>, Wrong> {
    kind.map(|kind| said(kind, "what is identified, customer")).transpose()
}

/// The items of a rule, by their bits.
fn items(map: &mut DataMap, at: usize, items: Option<Spanned<Vec<Spanned<String>>>>) -> Result<u64, Wrong> {
    let items = items.ok_or_else(|| Wrong { at, because: "missing field `items`".to_owned() })?;
    if items.get_ref().is_empty() {
        return Err(Wrong::at(&items, "expected the items that it holds, [\"name\", \"address\"]"));
    }
    let mut bits = 0;
    for item in items.into_inner() {
        let start = item.span().start;
        bits |= bit(map, start, said(item, "the name of an item")?)?;
    }
    Ok(bits)
}

/// The bit of an item.
fn bit(map: &mut DataMap, at: usize, item: String) -> Result<u64, Wrong> {
    let place = map.items.iter().position(|other| *other == item).unwrap_or_else(|| {
        map.items.push(item);
        map.items.len() - 1
    });
    match place < ITEMS_MAX {
        true => Ok(1 << place),
        false => Err(Wrong { at, because: format!("expected at most {ITEMS_MAX} different items") }),
    }
}
