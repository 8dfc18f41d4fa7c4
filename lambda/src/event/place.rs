//! A place in a JSON document that may hold anything, and should hold a certain thing.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

/// What there is where a `T` should be. Reading it fails only where an object has a member twice.
#[derive(Clone, Default)]
pub(super) enum Place<T> {
    /// Nothing, or `null`.
    #[default]
    Empty,
    /// What should be there.
    Value(T),
    /// Something else, which is not kept.
    Other,
}

impl<T> Place<T> {
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Other => None,
        }
    }
}

impl Place<String> {
    pub(super) fn text(&self) -> Option<&str> {
        self.value().map(String::as_str)
    }
}

/// What a place can be expected to hold: a text, or an object with members.
pub(super) trait Expected: Sized {
    /// Of a text, if it is one.
    fn of_text(_: &str) -> Option<Self> {
        None
    }

    /// Of an object, if it is one.
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

impl<'de, T: Expected> Deserialize<'de> for Place<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything(PhantomData))
    }
}

struct Anything<T>(PhantomData<T>);

impl<'de, T: Expected> Visitor<'de> for Anything<T> {
    type Value = Place<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Place::Empty)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Place::Other)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Place::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Place::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Place::Other)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::of_text(text).map_or(Place::Other, Place::Value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Place::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        Ok(T::of_object(members)?.map_or(Place::Other, Place::Value))
    }
}
