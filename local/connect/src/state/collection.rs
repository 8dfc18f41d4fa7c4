//! The resources of one kind in an instance.

use std::ops::{Deref, DerefMut};

use local_wire::Fault;

use super::{Tags, duplicate, names, new_id, no_such, now, within_quota};

/// The members that all resources of instances have.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) arn: String,
    /// Unique among the resources of the kind.
    pub(crate) name: String,
    pub(crate) tags: Tags,
    /// The time of the last change, in seconds since the epoch.
    pub(crate) modified: i64,
}

/// A kind of resources.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The kind's part of ARNs, such as `operating-hours`.
    pub(crate) arn: &'static str,
    /// The beginning of the message for a missing resource, such as `Queue`.
    pub(crate) title: &'static str,
    /// One of them in a message, such as `A queue`.
    pub(crate) one: &'static str,
    /// Several of them in a message, such as `queues`.
    pub(crate) many: &'static str,
    /// The largest number in an instance.
    pub(crate) quota: usize,
}

/// A resource of an instance. It dereferences to its [`Identity`].
pub(crate) trait Resource: DerefMut<Target = Identity> {
    const KIND: Kind;
}

/// The resources of one kind, in order of creation.
#[derive(Debug, Clone)]
pub(crate) struct Collection<T>(Vec<T>);

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Collection<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for Collection<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: Resource> Collection<T> {
    /// Returns a resource by id or ARN.
    pub(crate) fn get(&self, given: &str) -> Result<&T, Fault> {
        let mut all = self.0.iter();
        all.find(|one| names(&one.id, &one.arn, given))
            .ok_or_else(|| no_such(T::KIND.title, given))
    }

    /// Fails if another resource than the one with the id `own` has this name.
    fn free_name(&self, name: &str, own: &str) -> Result<(), Fault> {
        match self.0.iter().any(|one| one.name == name && one.id != own) {
            true => Err(duplicate(T::KIND.one, name)),
            false => Ok(()),
        }
    }

    /// Adds a resource to the instance with this ARN.
    ///
    /// # Errors
    /// If the name is taken, or if the quota is reached.
    pub(crate) fn create(
        &mut self,
        instance_arn: &str,
        name: String,
        tags: Tags,
        resource: impl FnOnce(Identity) -> T,
    ) -> Result<&mut T, Fault> {
        self.free_name(&name, "")?;
        within_quota(T::KIND.many, self.0.len(), T::KIND.quota)?;
        let id = new_id();
        Ok(self.0.push_mut(resource(Identity {
            arn: format!("{instance_arn}/{}/{id}", T::KIND.arn),
            id,
            name,
            tags,
            modified: now(),
        })))
    }

    /// Changes a resource, by id or ARN, and its name if there is a new one.
    ///
    /// # Errors
    /// If the resource does not exist, or if another one has the name.
    pub(crate) fn change(
        &mut self,
        given: &str,
        name: Option<String>,
        change: impl FnOnce(&mut T),
    ) -> Result<(), Fault> {
        let mut all = self.0.iter();
        let found = all.position(|one| names(&one.id, &one.arn, given));
        let at = found.ok_or_else(|| no_such(T::KIND.title, given))?;
        if let Some(name) = name {
            self.free_name(&name, &self.0[at].id)?;
            self.0[at].name = name;
        }
        let resource = &mut self.0[at];
        change(resource);
        resource.modified = now();
        Ok(())
    }

    /// Removes a resource by id or ARN.
    pub(crate) fn remove(&mut self, given: &str) -> Result<T, Fault> {
        let mut all = self.0.iter();
        let at = all.position(|one| names(&one.id, &one.arn, given));
        at.map(|at| self.0.remove(at))
            .ok_or_else(|| no_such(T::KIND.title, given))
    }

    /// Returns the tags of the resource with this ARN.
    pub(crate) fn tags_mut(&mut self, arn: &str) -> Option<&mut Tags> {
        let mut all = self.0.iter_mut();
        all.find(|one| one.arn == arn).map(|one| &mut one.tags)
    }
}

/// Lets a resource dereference to the [`Identity`] in its field `identity`.
macro_rules! identified {
    ($resource:ty) => {
        impl std::ops::Deref for $resource {
            type Target = $crate::state::Identity;

            fn deref(&self) -> &$crate::state::Identity {
                &self.identity
            }
        }

        impl std::ops::DerefMut for $resource {
            fn deref_mut(&mut self) -> &mut $crate::state::Identity {
                &mut self.identity
            }
        }
    };
}

pub(crate) use identified;
