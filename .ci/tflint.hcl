# How `.ci/checks` asks tflint about the module, its parts and its examples. The rules are those of
# the Terraform language, which tflint has built in. Its rules for AWS are a plugin that is only
# released on GitHub, out of reach for who has package registries alone; `terraform validate` has
# the provider check its own arguments.
config {
  # Each directory is looked at by itself.
  call_module_type = "none"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# The module's inputs are kept in a file for each theme.
rule "terraform_standard_module_structure" {
  enabled = false
}

# The module and its examples name the provider for the parts they call, and need not use it.
rule "terraform_unused_required_providers" {
  enabled = false
}
