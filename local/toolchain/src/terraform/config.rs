//! Terraform's CLI configuration: the sources of providers.

use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::error::Result;
use crate::files::{create_dir_all, write_if_changed};
use crate::provider::ProviderBuild;

const DIRECT: &str = "direct.tfrc";

/// Returns the name of the configuration for the mirror with this build.
const fn mirror_name(build: ProviderBuild) -> &'static str {
    match build {
        ProviderBuild::Module => "mirror.tfrc",
        ProviderBuild::Wide => "mirror-wide.tfrc",
    }
}

/// Returns the CLI configuration that selects the provider built on this machine, if there is one, with
/// the services of [`ProviderBuild::Module`]. A user who runs Terraform by hand, without access to the
/// registry, sets `TF_CLI_CONFIG_FILE` to it.
#[must_use]
pub fn mirror_config(cache: &Cache) -> Option<PathBuf> {
    let path = place(cache, mirror_name(ProviderBuild::Module));
    path.is_file().then_some(path)
}

/// Writes the configuration for providers from the registry. They are kept in the cache, because each
/// staged example is a new directory and the provider is larger than everything else together.
pub(super) fn direct(cache: &Cache) -> Result<PathBuf> {
    let plugins = cache.join("plugins");
    // Terraform does not create it.
    create_dir_all(&plugins)?;
    let text = format!(
        "plugin_cache_dir = {}\n\
         plugin_cache_may_break_dependency_lock_file = true\n",
        quoted(&plugins)
    );
    save(cache, DIRECT, &text)
}

/// Writes the configuration for the AWS provider from the mirror and all others from the registry.
pub(super) fn mirror(cache: &Cache, build: ProviderBuild, mirror: &Path) -> Result<PathBuf> {
    let text = format!(
        "provider_installation {{\n  \
           filesystem_mirror {{\n    path    = {}\n    include = [\"hashicorp/aws\"]\n  }}\n  \
           direct {{\n    exclude = [\"hashicorp/aws\"]\n  }}\n}}\n",
        quoted(mirror)
    );
    save(cache, mirror_name(build), &text)
}

fn save(cache: &Cache, name: &str, text: &str) -> Result<PathBuf> {
    let path = place(cache, name);
    write_if_changed(&path, text.as_bytes())?;
    Ok(path)
}

fn place(cache: &Cache, name: &str) -> PathBuf {
    cache.join("terraform").join(name)
}

fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_aws_provider_comes_from_the_mirror() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path());
        assert_eq!(mirror_config(&cache), None);
        let wide = mirror(&cache, ProviderBuild::Wide, Path::new("/wide")).unwrap();
        assert_eq!(mirror_config(&cache), None, "the wide build is for tests");
        let path = mirror(&cache, ProviderBuild::Module, Path::new("/a \"b\"/mirror")).unwrap();
        assert_ne!(path, wide);
        assert_eq!(mirror_config(&cache).as_ref(), Some(&path));
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            text,
            r#"provider_installation {
  filesystem_mirror {
    path    = "/a \"b\"/mirror"
    include = ["hashicorp/aws"]
  }
  direct {
    exclude = ["hashicorp/aws"]
  }
}
"#
        );
    }

    #[test]
    fn the_plugin_cache_exists() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path());
        let text = std::fs::read_to_string(direct(&cache).unwrap()).unwrap();
        assert!(text.starts_with("plugin_cache_dir = \"/"), "{text}");
        assert!(cache.join("plugins").is_dir());
    }
}
