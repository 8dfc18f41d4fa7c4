//! Voices of Amazon Polly, with their languages and engines.

use std::collections::BTreeSet;

/// A voice of Amazon Polly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollyVoice {
    pub name: &'static str,
    /// The language of the voice, such as `ja` or `en`, without its country. A bilingual voice has its first
    /// language here.
    pub language: &'static str,
    /// The engines that support it, in lower case.
    pub engines: &'static [&'static str],
}

const STANDARD: &[&str] = &["standard"];
const NEURAL: &[&str] = &["neural"];
const LONG_FORM: &[&str] = &["long-form"];
const GENERATIVE: &[&str] = &["generative"];
const BOTH: &[&str] = &["standard", "neural"];
const MODERN: &[&str] = &["neural", "generative"];
const MOST: &[&str] = &["standard", "neural", "generative"];

/// Languages that the module ships with.
const SHIPPED: [&str; 2] = ["en", "ja"];

/// All voices of the pages "Available voices", "Standard voices" and "Generative voices" of Polly's developer
/// guide (2026) and of its API model (botocore 1.43).
#[rustfmt::skip]
const VOICES: &[(&str, &str, &[&str])] = &[
    ("Kazuha", "ja", NEURAL),
    ("Mizuki", "ja", STANDARD),
    ("Takumi", "ja", BOTH),
    ("Tomoko", "ja", NEURAL),
    ("Aditi", "en", STANDARD),
    ("Amy", "en", MOST),
    ("Aria", "en", MODERN),
    ("Arthur", "en", NEURAL),
    ("Ayanda", "en", MODERN),
    ("Brian", "en", MOST),
    ("Danielle", "en", &["neural", "long-form", "generative"]),
    ("Emma", "en", BOTH),
    ("Geraint", "en", STANDARD),
    ("Gregory", "en", &["neural", "long-form"]),
    ("Ivy", "en", BOTH),
    ("Jasmine", "en", MODERN),
    ("Joanna", "en", MOST),
    ("Joey", "en", BOTH),
    ("Justin", "en", BOTH),
    ("Kajal", "en", MODERN),
    ("Kendra", "en", BOTH),
    ("Kevin", "en", BOTH),
    ("Kimberly", "en", BOTH),
    ("Matthew", "en", MOST),
    ("Niamh", "en", MODERN),
    ("Nicole", "en", STANDARD),
    ("Olivia", "en", MODERN),
    ("Patrick", "en", LONG_FORM),
    ("Raveena", "en", STANDARD),
    ("Russell", "en", STANDARD),
    ("Ruth", "en", &["neural", "long-form", "generative"]),
    ("Salli", "en", MOST),
    ("Stephen", "en", MODERN),
    ("Tiffany", "en", GENERATIVE),
    ("Hala", "ar", NEURAL),
    ("Zayd", "ar", NEURAL),
    ("Zeina", "ar", STANDARD),
    ("Arlet", "ca", NEURAL),
    ("Jitka", "cs", NEURAL),
    ("Gwyneth", "cy", STANDARD),
    ("Mads", "da", STANDARD),
    ("Naja", "da", STANDARD),
    ("Sofie", "da", NEURAL),
    ("Daniel", "de", MODERN),
    ("Hannah", "de", MODERN),
    ("Hans", "de", STANDARD),
    ("Lennart", "de", GENERATIVE),
    ("Marlene", "de", STANDARD),
    ("Sabrina", "de", MODERN),
    ("Vicki", "de", MOST),
    ("Alba", "es", LONG_FORM),
    ("Andres", "es", MODERN),
    ("Conchita", "es", STANDARD),
    ("Enrique", "es", STANDARD),
    ("Lucia", "es", MOST),
    ("Lupe", "es", MOST),
    ("Mia", "es", MOST),
    ("Miguel", "es", STANDARD),
    ("Pedro", "es", MODERN),
    ("Penelope", "es", STANDARD),
    ("Raul", "es", LONG_FORM),
    ("Sergio", "es", MODERN),
    ("Suvi", "fi", NEURAL),
    ("Ambre", "fr", GENERATIVE),
    ("Celine", "fr", STANDARD),
    ("Chantal", "fr", STANDARD),
    ("Florian", "fr", GENERATIVE),
    ("Gabrielle", "fr", MODERN),
    ("Isabelle", "fr", MODERN),
    ("Lea", "fr", MOST),
    ("Liam", "fr", MODERN),
    ("Mathieu", "fr", STANDARD),
    ("Remi", "fr", MODERN),
    ("Dora", "is", STANDARD),
    ("Karl", "is", STANDARD),
    ("Adriano", "it", NEURAL),
    ("Beatrice", "it", GENERATIVE),
    ("Bianca", "it", MOST),
    ("Carla", "it", STANDARD),
    ("Giorgio", "it", STANDARD),
    ("Lorenzo", "it", GENERATIVE),
    ("Jihye", "ko", NEURAL),
    ("Seoyeon", "ko", MOST),
    ("Ida", "nb", NEURAL),
    ("Liv", "nb", STANDARD),
    ("Laura", "nl", MODERN),
    ("Lisa", "nl", MODERN),
    ("Lotte", "nl", STANDARD),
    ("Ruben", "nl", STANDARD),
    ("Ewa", "pl", STANDARD),
    ("Jacek", "pl", STANDARD),
    ("Jan", "pl", STANDARD),
    ("Maja", "pl", STANDARD),
    ("Ola", "pl", MODERN),
    ("Camila", "pt", MOST),
    ("Cristiano", "pt", STANDARD),
    ("Ines", "pt", BOTH),
    ("Ricardo", "pt", STANDARD),
    ("Thiago", "pt", NEURAL),
    ("Vitoria", "pt", BOTH),
    ("Carmen", "ro", STANDARD),
    ("Maxim", "ru", STANDARD),
    ("Tatyana", "ru", STANDARD),
    ("Astrid", "sv", STANDARD),
    ("Elin", "sv", NEURAL),
    ("Burcu", "tr", NEURAL),
    ("Filiz", "tr", STANDARD),
    ("Hiujin", "yue", NEURAL),
    ("Zhiyu", "zh", BOTH),
];

impl PollyVoice {
    /// Returns the voice with exactly this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|voice| voice.name == name)
    }

    /// Returns the languages that the module ships with.
    pub fn languages() -> BTreeSet<&'static str> {
        SHIPPED.into()
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
