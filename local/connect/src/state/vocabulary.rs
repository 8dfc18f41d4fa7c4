//! Custom vocabularies of Contact Lens.

use local_wire::Fault;

use super::{Identity, Instance, Kind, Resource, identified};

/// A custom vocabulary.
#[derive(Debug, Clone)]
pub(crate) struct VocabularyRecord {
    pub(crate) identity: Identity,
    pub(crate) language_code: String,
    pub(crate) content: String,
}

identified!(VocabularyRecord);

impl Resource for VocabularyRecord {
    const KIND: Kind = Kind {
        arn: "vocabulary",
        title: "Vocabulary",
        one: "A vocabulary",
        many: "vocabularies",
        // The account's own limit: a vocabulary has up to 60,000 characters, and the administrator
        // guide has no quota of vocabularies.
        quota: 100,
    };
}

impl Instance {
    /// Makes a vocabulary the default of its language, or removes the default.
    ///
    /// # Errors
    /// If the vocabulary does not exist, or is of another language.
    pub(crate) fn set_default_vocabulary(
        &mut self,
        language: &str,
        given: Option<&str>,
    ) -> Result<(), Fault> {
        let Some(given) = given else {
            self.default_vocabularies.remove(language);
            return Ok(());
        };
        let vocabulary = self.vocabularies.get(given)?;
        if vocabulary.language_code != language {
            return Err(Fault::new(
                400,
                "InvalidRequestException",
                format!(
                    "The vocabulary must be of the language {language}, but {} is of {}.",
                    vocabulary.name, vocabulary.language_code
                ),
            ));
        }
        let id = vocabulary.id.clone();
        self.default_vocabularies.insert(language.to_owned(), id);
        Ok(())
    }

    /// Removes a vocabulary, and returns it.
    ///
    /// # Errors
    /// If it does not exist, or is the default of its language.
    pub(crate) fn remove_vocabulary(&mut self, given: &str) -> Result<VocabularyRecord, Fault> {
        let vocabulary = self.vocabularies.get(given)?;
        let mut defaults = self.default_vocabularies.iter();
        if let Some((language, _)) = defaults.find(|(_, id)| **id == vocabulary.id) {
            return Err(Fault::new(
                409,
                "ResourceInUseException",
                format!("The vocabulary is the default of the language {language}."),
            ));
        }
        self.vocabularies.remove(given)
    }
}
