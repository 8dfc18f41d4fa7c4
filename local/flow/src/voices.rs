//! Voices of Amazon Polly: those of the languages that the module ships, with their engines, and
//! the names of all others.

use std::collections::BTreeSet;

/// A voice of Amazon Polly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollyVoice {
    pub name: &'static str,
    /// The language of the voice, such as `ja` or `en`, without its country.
    pub language: &'static str,
    /// The engines that support it, in lower case.
    pub engines: &'static [&'static str],
}

const STANDARD: &[&str] = &["standard"];
const NEURAL: &[&str] = &["neural"];
const BOTH: &[&str] = &["standard", "neural"];

/// The Japanese and English voices of Polly's documentation and API model (botocore 1.43). Polly
/// adds voices, so a name that is missing here may exist.
const VOICES: &[(&str, &str, &[&str])] = &[
    ("Kazuha", "ja", NEURAL),
    ("Mizuki", "ja", STANDARD),
    ("Takumi", "ja", BOTH),
    ("Tomoko", "ja", NEURAL),
    ("Aditi", "en", STANDARD),
    ("Amy", "en", &["standard", "neural", "generative"]),
    ("Aria", "en", NEURAL),
    ("Arthur", "en", NEURAL),
    ("Ayanda", "en", &["neural", "generative"]),
    ("Brian", "en", BOTH),
    ("Danielle", "en", &["neural", "long-form", "generative"]),
    ("Emma", "en", BOTH),
    ("Geraint", "en", STANDARD),
    ("Gregory", "en", &["neural", "long-form"]),
    ("Ivy", "en", BOTH),
    ("Jasmine", "en", NEURAL),
    ("Joanna", "en", &["standard", "neural", "generative"]),
    ("Joey", "en", BOTH),
    ("Justin", "en", BOTH),
    ("Kajal", "en", &["neural", "generative"]),
    ("Kendra", "en", BOTH),
    ("Kevin", "en", NEURAL),
    ("Kimberly", "en", BOTH),
    ("Matthew", "en", &["standard", "neural", "generative"]),
    ("Niamh", "en", NEURAL),
    ("Nicole", "en", STANDARD),
    ("Olivia", "en", &["neural", "generative"]),
    ("Patrick", "en", &["long-form"]),
    ("Raveena", "en", STANDARD),
    ("Russell", "en", STANDARD),
    ("Ruth", "en", &["neural", "long-form", "generative"]),
    ("Salli", "en", &["standard", "neural", "generative"]),
    ("Stephen", "en", &["neural", "generative"]),
    ("Tiffany", "en", &["generative"]),
];

/// The names of voices for other languages.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "Adriano", "Alba", "Ambre", "Andres", "Arlet", "Astrid", "Beatrice", "Bianca", "Burcu",
    "Camila", "Carla", "Carmen", "Celine", "Chantal", "Conchita", "Cristiano", "Daniel", "Dora",
    "Elin", "Enrique", "Ewa", "Filiz", "Florian", "Gabrielle", "Giorgio", "Gwyneth", "Hala",
    "Hannah", "Hans", "Hiujin", "Ida", "Ines", "Isabelle", "Jacek", "Jan", "Jihye", "Jitka",
    "Karl", "Laura", "Lea", "Lennart", "Liam", "Lisa", "Liv", "Lorenzo", "Lotte", "Lucia", "Lupe",
    "Mads", "Maja", "Marlene", "Mathieu", "Maxim", "Mia", "Miguel", "Naja", "Ola", "Pedro",
    "Penelope", "Raul", "Remi", "Ricardo", "Ruben", "Sabrina", "Seoyeon", "Sergio", "Sofie",
    "Suvi", "Tatyana", "Thiago", "Vicki", "Vitoria", "Zayd", "Zeina", "Zhiyu",
];

/// Reports whether Amazon Polly has a voice of this name, in any language.
pub(crate) fn is_known(name: &str) -> bool {
    PollyVoice::named(name).is_some() || OTHERS.contains(&name)
}

impl PollyVoice {
    /// Returns the voice with exactly this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|voice| voice.name == name)
    }

    /// Returns the languages whose voices are known.
    pub fn languages() -> BTreeSet<&'static str> {
        Self::all().map(|voice| voice.language).collect()
    }

    /// Returns the voices for a language, such as `ja`.
    pub fn of(language: &str) -> impl Iterator<Item = Self> {
        Self::all().filter(move |voice| voice.language == language)
    }

    /// Reports whether an engine supports the voice, in any spelling of the engine: `Neural`,
    /// `neural`, `long-form`.
    #[must_use]
    pub fn has(&self, engine: &str) -> bool {
        let plain = |engine: &str| engine.to_ascii_lowercase().replace('-', "");
        self.engines
            .iter()
            .any(|known| plain(known) == plain(engine))
    }

    fn all() -> impl Iterator<Item = Self> {
        VOICES.iter().map(|&(name, language, engines)| Self {
            name,
            language,
            engines,
        })
    }
}
