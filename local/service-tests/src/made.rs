//! Inputs made from a service model: for each operation the smallest valid one, each bound and value
//! of an enumeration, and each way to break a constraint.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A pattern of a model with a text that it matches and one that it does not; none for a pattern that
/// services do not enforce.
pub type Pattern = (&'static str, Option<(&'static str, &'static str)>);

/// The most characters and elements of a made value; larger bounds are left out.
const LARGEST: i64 = 2_000;

/// An input of an operation, and whether the model allows it.
#[derive(Debug, Clone)]
pub struct MadeInput {
    pub operation: String,
    pub input: Value,
    pub allowed: bool,
}

/// A made value, and whether the model allows it.
#[derive(Clone)]
struct Made {
    value: Value,
    allowed: bool,
}

impl Made {
    fn allowed(value: Value) -> Self {
        Self {
            value,
            allowed: true,
        }
    }

    fn refused(value: Value) -> Self {
        Self {
            value,
            allowed: false,
        }
    }
}

/// The table of a service model, with texts for its patterns.
pub struct ModelTable {
    table: Value,
    patterns: BTreeMap<&'static str, Option<(&'static str, &'static str)>>,
}

impl ModelTable {
    /// Reads a table, as `.ci/service-model` writes it.
    ///
    /// # Panics
    /// If the table is not JSON.
    #[must_use]
    pub fn new(table: &str, patterns: &[Pattern]) -> Self {
        let table = serde_json::from_str(table);
        Self {
            table: table.unwrap_or_else(|error| panic!("a table must be JSON: {error}")),
            patterns: patterns.iter().copied().collect(),
        }
    }

    /// Returns the patterns without a text: those that services do not enforce.
    pub fn patterns_left_out(&self) -> impl Iterator<Item = &'static str> {
        let all = self.patterns.iter();
        all.filter(|(_, texts)| texts.is_none())
            .map(|(pattern, _)| *pattern)
    }

    /// Returns the members of an operation's input: the shape of each, or its place in the request.
    #[must_use]
    pub fn input_members(&self, operation: &str) -> Option<&Map<String, Value>> {
        let input = self.table["operations"][operation]["input"].as_str()?;
        self.shape(input)["members"].as_object()
    }

    /// Returns a shape of the model, with its `type` and constraints.
    #[must_use]
    pub fn shape(&self, name: &str) -> &Value {
        &self.table["shapes"][name]
    }

    /// Returns inputs at and beyond each constraint, for all operations that have an input.
    ///
    /// # Panics
    /// If a pattern of the model has no texts, or a shape has a type that no service had so far.
    #[must_use]
    pub fn inputs(&self) -> Vec<MadeInput> {
        let operations = self.table["operations"].as_object();
        let mut inputs = Vec::new();
        for (operation, row) in operations.into_iter().flatten() {
            let Some(input) = row["input"].as_str() else {
                continue;
            };
            let made = self.variants(input, &[]).into_iter();
            inputs.extend(
                made.filter(|made| made.value.is_object())
                    .map(|made| MadeInput {
                        operation: operation.clone(),
                        input: made.value,
                        allowed: made.allowed,
                    }),
            );
        }
        inputs
    }

    fn pattern(&self, shape: &Value) -> Option<Option<(&'static str, &'static str)>> {
        let pattern = shape["pattern"].as_str()?;
        let known = self.patterns.get(pattern);
        Some(*known.unwrap_or_else(|| panic!("the patterns must have a text for {pattern}")))
    }

    /// Returns the smallest valid value of a shape.
    fn smallest(&self, name: &str) -> Value {
        let shape = self.shape(name);
        let min = shape["min"].as_i64();
        match text(&shape["type"]) {
            "structure" => {
                let members = members(shape);
                let mut required: Vec<&str> = strings(&shape["required"]);
                if shape["union"] == true {
                    required = members.keys().take(1).map(String::as_str).collect();
                }
                let required = required
                    .into_iter()
                    .map(|name| (name.to_owned(), self.smallest(shape_of(&members[name]))));
                Value::Object(required.collect())
            }
            "list" => {
                let one = self.smallest(text(&shape["member"]));
                Value::Array(vec![one; size(min.unwrap_or(0))])
            }
            "map" => self.entries(shape, size(min.unwrap_or(0))),
            "string" => match (strings(&shape["enum"]).first(), self.pattern(shape)) {
                (Some(first), _) => json!(first),
                (None, Some(Some((yes, _)))) => json!(yes),
                (None, Some(None)) => json!("+815000000000"),
                (None, None) => json!("a".repeat(size(min.unwrap_or(1).max(1)))),
            },
            "integer" | "long" => json!(min.unwrap_or(1)),
            "double" | "float" => match (shape["min"].as_f64(), shape["max"].as_f64()) {
                (Some(min), Some(max)) => json!(f64::midpoint(min, max)),
                (min, _) => json!(min.unwrap_or_default() + 1.5),
            },
            "boolean" => json!(true),
            "timestamp" => json!(1_700_000_000),
            kind => panic!("{name} has the type {kind}"),
        }
    }

    fn entries(&self, shape: &Value, count: usize) -> Value {
        let value = self.smallest(text(&shape["value"]));
        let keys = strings(&self.shape(text(&shape["key"]))["enum"]);
        let keys = (0..count).map(|index| match keys.get(index) {
            Some(key) => (*key).to_owned(),
            None => format!("k{index}"),
        });
        Value::Object(keys.map(|key| (key, value.clone())).collect())
    }

    /// Returns values at and beyond each constraint of a shape and of its parts. `above` has the shapes
    /// that contain it, so that those that contain themselves end.
    fn variants(&self, name: &str, above: &[&str]) -> Vec<Made> {
        let shape = self.shape(name);
        let (min, max) = (bound(shape, "min"), bound(shape, "max"));
        let mut made = vec![Made::allowed(self.smallest(name))];
        if above.contains(&name) {
            return made;
        }
        let above = [above, &[name]].concat();
        match text(&shape["type"]) {
            "structure" => {
                made.push(Made::refused(json!(7)));
                let members = members(shape);
                let base = self.smallest(name);
                for required in strings(&shape["required"]) {
                    let mut less = base.clone();
                    if let Some(less) = less.as_object_mut() {
                        less.remove(required);
                    }
                    made.push(Made::refused(less));
                }
                for (member, given) in members {
                    for part in self.variants(shape_of(given), &above) {
                        let mut whole = match shape["union"] == true {
                            true => json!({}),
                            false => base.clone(),
                        };
                        whole[member] = part.value;
                        made.push(Made {
                            value: whole,
                            allowed: part.allowed,
                        });
                    }
                }
                if shape["union"] == true {
                    made.push(Made::refused(json!({})));
                }
            }
            "list" => {
                made.push(Made::refused(json!(7)));
                let element = text(&shape["member"]);
                let of = |count: i64| Value::Array(vec![self.smallest(element); size(count)]);
                made.extend(max.map(|max| Made::allowed(of(max))));
                made.extend(max.map(|max| Made::refused(of(max + 1))));
                made.extend(
                    min.filter(|min| *min > 0)
                        .map(|min| Made::refused(of(min - 1))),
                );
                if min.unwrap_or(0) <= 1 {
                    let parts = self.variants(element, &above).into_iter();
                    made.extend(parts.map(|part| Made {
                        value: json!([part.value]),
                        ..part
                    }));
                }
            }
            "map" => {
                made.push(Made::refused(json!(7)));
                // An enumeration of keys can have fewer than a map may have entries.
                let keys = strings(&self.shape(text(&shape["key"]))["enum"]).len();
                let fits = |count: &i64| keys == 0 || size(*count) <= keys;
                let full = max.filter(fits);
                made.extend(full.map(|max| Made::allowed(self.entries(shape, size(max)))));
                made.extend(max.map(|max| Made::refused(self.entries(shape, size(max + 1)))));
                let key = text(&shape["key"]);
                for key in self.variants(key, &above) {
                    let Value::String(name) = &key.value else {
                        continue;
                    };
                    let value = self.smallest(text(&shape["value"]));
                    made.push(Made {
                        value: Value::Object(Map::from_iter([(name.clone(), value)])),
                        allowed: key.allowed,
                    });
                }
            }
            "string" => {
                made.push(Made::refused(json!(7)));
                let values = strings(&shape["enum"]);
                made.extend(values.iter().map(|value| Made::allowed(json!(value))));
                match self.pattern(shape) {
                    _ if !values.is_empty() => made.push(Made::refused(json!("NO_SUCH_VALUE"))),
                    // A text that matches nothing is empty for a pattern that matches every text.
                    Some(Some((_, no))) if !no.is_empty() => made.push(Made::refused(json!(no))),
                    Some(_) => {}
                    None => {
                        // In a script whose characters have three bytes each: lengths are in characters.
                        let of = |length: i64| json!("番".repeat(size(length)));
                        made.extend(max.map(|max| Made::allowed(of(max))));
                        made.extend(max.map(|max| Made::refused(of(max + 1))));
                        made.extend(
                            min.filter(|min| *min > 0)
                                .map(|min| Made::refused(of(min - 1))),
                        );
                    }
                }
            }
            "integer" | "long" => {
                made.push(Made::refused(json!("7")));
                made.push(Made::refused(json!(7.5)));
                let (min, max) = (shape["min"].as_i64(), shape["max"].as_i64());
                made.extend(max.map(|max| Made::allowed(json!(max))));
                made.extend(max.map(|max| Made::refused(json!(max + 1))));
                made.extend(min.map(|min| Made::refused(json!(min - 1))));
            }
            "double" | "float" => {
                made.push(Made::refused(json!("7")));
                let (min, max) = (shape["min"].as_f64(), shape["max"].as_f64());
                made.extend(max.map(|max| Made::allowed(json!(max))));
                made.extend(max.map(|max| Made::refused(json!(max + 0.5))));
                made.extend(min.map(|min| Made::allowed(json!(min))));
                made.extend(min.map(|min| Made::refused(json!(min - 0.5))));
            }
            "boolean" => made.push(Made::refused(json!("true"))),
            "timestamp" => made.push(Made::refused(json!(true))),
            kind => panic!("{name} has the type {kind}"),
        }
        made
    }
}

/// Returns the name of a member's shape, which stands alone or beside the member's place.
pub(crate) fn shape_of(member: &Value) -> &str {
    member.as_str().unwrap_or_else(|| text(&member["shape"]))
}

/// Returns a text of the table.
fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("the table must have a text, but has {value}"))
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(text).collect()
}

/// Returns the members of a structure.
fn members(shape: &Value) -> &Map<String, Value> {
    let members = shape["members"].as_object();
    members.unwrap_or_else(|| panic!("a structure must have members: {shape}"))
}

/// Returns a bound of a shape, unless it is too large to be tried.
fn bound(shape: &Value, name: &str) -> Option<i64> {
    shape[name].as_i64().filter(|bound| *bound <= LARGEST)
}

fn size(bound: i64) -> usize {
    usize::try_from(bound).unwrap_or_default()
}
