//! `Search…` operations: criteria, filters by tag and by attribute, pages.
//!
//! The shapes are those that these operations share: a tree of conditions in `SearchCriteria`, with
//! `StringCondition` among its leaves, and `SearchFilter` with a `TagFilter` (`ControlPlaneTagFilter`)
//! or an attribute filter. A kind of resources implements [`Searchable`], which lists its fields and
//! its own conditions.

use std::collections::BTreeMap;

use local_wire::{Fault, Outcome, reply};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ControlRequest;
use crate::state::{Instance, State, Tags};

/// A kind of resources that a `Search…` operation finds.
pub(super) trait Searchable: Sized {
    /// The fields that a string condition can name, as the API reference writes them. Case is ignored.
    const FIELDS: &'static [&'static str];

    /// The conditions in `SearchCriteria` beside `StringCondition`, or [`NoConditions`].
    type Conditions: Condition<Self>;

    /// The conditions in the attribute filter beside `TagCondition`, or [`NoConditions`].
    type Attributes: Condition<Self>;

    /// Reports whether a value of one of the [`FIELDS`](Self::FIELDS) matches. A field that the
    /// resource does not have matches nothing.
    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool;

    fn tags(&self) -> &Tags;
}

/// Conditions of one kind of resources. Absent ones accept everything.
pub(super) trait Condition<R>: DeserializeOwned {
    /// Reports whether a resource of the instance meets all conditions.
    fn accept(&self, resource: &R, instance: &Instance) -> bool;
}

/// The conditions of a kind that has none of its own.
#[derive(Deserialize)]
pub(super) struct NoConditions {}

impl<R> Condition<R> for NoConditions {
    fn accept(&self, _resource: &R, _instance: &Instance) -> bool {
        true
    }
}

/// The members of a search for resources of one kind.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "R: Searchable"))]
pub(super) struct Search<R: Searchable> {
    instance_id: String,
    next_token: Option<String>,
    max_results: Option<usize>,
    search_filter: Option<SearchFilter<R::Attributes>>,
    search_criteria: Option<SearchCriteria<R::Conditions>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "C: DeserializeOwned"))]
struct SearchCriteria<C> {
    or_conditions: Option<Vec<SearchCriteria<C>>>,
    and_conditions: Option<Vec<SearchCriteria<C>>>,
    string_condition: Option<StringCondition>,
    #[serde(flatten)]
    own: C,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StringCondition {
    field_name: Option<String>,
    value: Option<String>,
    comparison_type: Option<Comparison>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Comparison {
    StartsWith,
    Contains,
    Exact,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "C: DeserializeOwned"))]
struct SearchFilter<C> {
    tag_filter: Option<TagFilter>,
    #[serde(alias = "FlowAttributeFilter", alias = "UserAttributeFilter")]
    attribute_filter: Option<AttributeFilter<C>>,
}

/// `ControlPlaneTagFilter`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagFilter {
    or_conditions: Option<Vec<Vec<TagCondition>>>,
    and_conditions: Option<Vec<TagCondition>>,
    tag_condition: Option<TagCondition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagCondition {
    tag_key: Option<String>,
    tag_value: Option<String>,
}

/// `ControlPlaneAttributeFilter`, `ControlPlaneUserAttributeFilter` and `ContactFlowAttributeFilter`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "C: DeserializeOwned"))]
struct AttributeFilter<C> {
    or_conditions: Option<Vec<AttributeConditions<C>>>,
    and_condition: Option<AttributeConditions<C>>,
    tag_condition: Option<TagCondition>,
    #[serde(flatten)]
    own: C,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "C: DeserializeOwned"))]
struct AttributeConditions<C> {
    tag_conditions: Option<Vec<TagCondition>>,
    #[serde(flatten)]
    own: C,
}

/// A response, whose list has another name in each operation.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found<'a, T> {
    #[serde(flatten)]
    list: BTreeMap<&'a str, Vec<T>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    approximate_total_count: usize,
}

/// Reports whether an optional condition is absent or met.
pub(super) fn met<T>(condition: Option<&T>, is_met: impl FnOnce(&T) -> bool) -> bool {
    condition.is_none_or(is_met)
}

impl<C> SearchCriteria<C> {
    fn accept<R: Searchable<Conditions = C>>(&self, resource: &R, instance: &Instance) -> bool
    where
        C: Condition<R>,
    {
        let accepts = |one: &Self| one.accept(resource, instance);
        met(self.or_conditions.as_ref(), |any| any.iter().any(accepts))
            && met(self.and_conditions.as_ref(), |all| all.iter().all(accepts))
            && met(self.string_condition.as_ref(), |one| one.accept(resource))
            && self.own.accept(resource, instance)
    }

    /// Returns the string conditions of the whole tree.
    fn string_conditions(&self) -> Vec<&StringCondition> {
        let or = self.or_conditions.iter().flatten();
        let below = or.chain(self.and_conditions.iter().flatten());
        let below = below.flat_map(Self::string_conditions);
        self.string_condition.iter().chain(below).collect()
    }
}

impl StringCondition {
    /// Reports whether a resource matches, ignoring case.
    fn accept(&self, resource: &impl Searchable) -> bool {
        let wanted = self.value.as_deref().unwrap_or_default().to_lowercase();
        let comparison = self.comparison_type.unwrap_or(Comparison::Exact);
        let field = self.field_name.as_deref().unwrap_or_default();
        resource.has(&field.to_ascii_lowercase(), &|value| {
            let value = value.to_lowercase();
            match comparison {
                Comparison::StartsWith => value.starts_with(&wanted),
                Comparison::Contains => value.contains(&wanted),
                Comparison::Exact => value == wanted,
            }
        })
    }

    /// Checks that the field is one of those that can be searched.
    fn check(&self, request: &ControlRequest<'_>, fields: &[&str]) -> Result<(), Fault> {
        let given = self.field_name.as_deref().unwrap_or_default();
        let mut known = fields.iter();
        if known.any(|field| field.eq_ignore_ascii_case(given)) {
            return Ok(());
        }
        Err(request.invalid(format!(
            "FieldName must be one of {}, but was '{given}'.",
            fields.join(", ")
        )))
    }
}

impl TagFilter {
    pub(super) fn accept(&self, tags: &Tags) -> bool {
        let all = |list: &Vec<TagCondition>| list.iter().all(|one| one.accept(tags));
        met(self.or_conditions.as_ref(), |any| any.iter().any(all))
            && met(self.and_conditions.as_ref(), all)
            && met(self.tag_condition.as_ref(), |one| one.accept(tags))
    }
}

impl TagCondition {
    fn accept(&self, tags: &Tags) -> bool {
        tags.iter().any(|(key, value)| {
            met(self.tag_key.as_ref(), |wanted| wanted == key)
                && met(self.tag_value.as_ref(), |wanted| wanted == value)
        })
    }
}

impl<C> AttributeFilter<C> {
    fn accept<R: Searchable<Attributes = C>>(&self, resource: &R, instance: &Instance) -> bool
    where
        C: Condition<R>,
    {
        let all = |conditions: &AttributeConditions<C>| {
            let tags = resource.tags();
            let mut listed = conditions.tag_conditions.iter().flatten();
            listed.all(|one| one.accept(tags)) && conditions.own.accept(resource, instance)
        };
        met(self.or_conditions.as_ref(), |any| any.iter().any(all))
            && met(self.and_condition.as_ref(), all)
            && met(self.tag_condition.as_ref(), |one| {
                one.accept(resource.tags())
            })
            && self.own.accept(resource, instance)
    }
}

impl<R: Searchable> Search<R> {
    /// Returns the search that a request describes.
    ///
    /// # Errors
    /// If a string condition names a field that cannot be searched.
    pub(super) fn of(request: &ControlRequest<'_>) -> Result<Self, Fault> {
        let search: Self = request.input()?;
        let criteria = search.search_criteria.iter();
        for condition in criteria.flat_map(SearchCriteria::string_conditions) {
            condition.check(request, R::FIELDS)?;
        }
        Ok(search)
    }

    /// Returns the searched instance.
    pub(super) fn instance<'s>(
        &self,
        request: &ControlRequest<'_>,
        state: &'s State,
    ) -> Result<&'s Instance, Fault> {
        state.instance(request.region(), &self.instance_id)
    }

    fn accept(&self, resource: &R, instance: &Instance) -> bool {
        let filter = self.search_filter.as_ref();
        let tags = filter.and_then(|filter| filter.tag_filter.as_ref());
        let attributes = filter.and_then(|filter| filter.attribute_filter.as_ref());
        met(tags, |tags| tags.accept(resource.tags()))
            && met(attributes, |one| one.accept(resource, instance))
            && met(self.search_criteria.as_ref(), |criteria| {
                criteria.accept(resource, instance)
            })
    }

    /// Returns the response with the found resources' shapes in the member `list`.
    pub(super) fn reply<'s, T: Serialize>(
        &self,
        request: &ControlRequest<'_>,
        (list, instance): (&str, &'s Instance),
        resources: impl IntoIterator<Item = &'s R>,
        mut shape: impl FnMut(&'s R) -> Result<T, Fault>,
    ) -> Outcome
    where
        R: 's,
    {
        let page = request.page(self.max_results, self.next_token.as_deref(), 100)?;
        let resources = resources.into_iter();
        let found: Vec<&R> = resources
            .filter(|resource| self.accept(resource, instance))
            .collect();
        let total = found.len();
        let (found, next_token) = page.cut(found.into_iter());
        let shapes = found.into_iter().map(&mut shape);
        let shapes: Vec<T> = shapes.collect::<Result<_, _>>()?;
        reply(&Found {
            list: [(list, shapes)].into(),
            next_token,
            approximate_total_count: total,
        })
    }
}
