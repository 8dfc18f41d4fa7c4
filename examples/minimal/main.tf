# The minimal configuration: an alias for the instance. Region, account and endpoint come from the
# environment, so the same file is applied to AWS and to the local account.

module "line" {
  source = "../../"

  instance_alias = var.instance_alias

  # The length of the PINs that are issued; the line asks again after a shorter entry.
  pin = {
    min_length = 4
  }

  function = {
    architecture = var.architecture
  }

  # An example is destroyed again. Leave this out when rows matter.
  tables = {
    deletion_protection = false
  }
}
