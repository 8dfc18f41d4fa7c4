//! A field of a JSON document that should have a certain type but may have any.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

/// A field that should be a `T`. Reading it fails only if an object has the same member twice.
#[derive(Clone, Default)]
pub(super) enum Field<T> {
    /// The field is absent, or `null`.
    #[default]
    Absent,
    /// The field is a `T`.
    Value(T),
    /// The field is of another type. Its value is not kept.
    Unexpected,
}

impl<T> Field<T> {
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Unexpected => None,
        }
    }
}

impl Field<String> {
    pub(super) fn text(&self) -> Option<&str> {
        self.value().map(String::as_str)
    }
}

/// A type that a field can be expected to have: a string, or an object with members.
pub(super) trait Expected: Sized {
    /// Reads a string, if the type is one.
    fn of_text(_: &str) -> Option<Self> {
        None
    }

    /// Reads an object, if the type is one.
    fn of_object<'de, A: MapAccess<'de>>(mut members: A) -> Result<Option<Self>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Expected for String {
    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// Reads an object member by member, as `#[derive(Deserialize)]` does.
pub(super) fn object<'de, T: DeserializeOwned, A: MapAccess<'de>>(
    members: A,
) -> Result<Option<T>, A::Error> {
    T::deserialize(MapAccessDeserializer::new(members)).map(Some)
}

impl<'de, T: Expected> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson(PhantomData))
    }
}

struct AnyJson<T>(PhantomData<T>);

impl<'de, T: Expected> Visitor<'de> for AnyJson<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Field::Unexpected)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Field::Unexpected)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Field::Unexpected)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Unexpected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::of_text(text).map_or(Field::Unexpected, Field::Value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Unexpected)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        Ok(T::of_object(members)?.map_or(Field::Unexpected, Field::Value))
    }
}
