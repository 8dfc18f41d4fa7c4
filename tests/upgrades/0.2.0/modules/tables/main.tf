# Who may call, what they may get, and what they tried. Rows are data: Terraform makes the tables
# and never looks inside. Tables that are there already are only named.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # Tables of others are taken to lie in this account and Region, where the function looks for them.
  arn_prefix = "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:table"
}

resource "aws_dynamodb_table" "members" {
  count = var.members.create ? 1 : 0

  name                        = var.members.name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = var.members.key_attribute
  tags                        = var.tags

  attribute {
    name = var.members.key_attribute
    type = "S"
  }

  point_in_time_recovery {
    enabled                 = var.point_in_time_recovery
    recovery_period_in_days = var.point_in_time_recovery ? var.recovery_period_in_days : null
  }

  dynamic "server_side_encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value.arn
    }
  }

  lifecycle {
    # Another name would make another table and delete this one with its rows.
    ignore_changes = [name]
  }

  # Tables are deleted before whatever was made before them: one that is protected stops a destroy
  # while the phone number is still there.
  depends_on = [var.made_after]
}

resource "aws_dynamodb_table" "benefits" {
  count = var.benefits.create ? 1 : 0

  name                        = var.benefits.name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = var.benefits.key_attribute
  tags                        = var.tags

  # A string: leading zeros of a PIN matter.
  attribute {
    name = var.benefits.key_attribute
    type = "S"
  }

  point_in_time_recovery {
    enabled                 = var.point_in_time_recovery
    recovery_period_in_days = var.point_in_time_recovery ? var.recovery_period_in_days : null
  }

  dynamic "server_side_encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value.arn
    }
  }

  lifecycle {
    ignore_changes = [name]
  }

  depends_on = [var.made_after]
}

# What the function writes while it works: wrong PINs and messages, by caller and day. Rows outlive
# their use by a day or two and then expire.
resource "aws_dynamodb_table" "attempts" {
  count = var.attempts_table_name == null ? 0 : 1

  name                        = var.attempts_table_name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = "pk"
  tags                        = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  point_in_time_recovery {
    enabled                 = var.point_in_time_recovery
    recovery_period_in_days = var.point_in_time_recovery ? var.recovery_period_in_days : null
  }

  dynamic "server_side_encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value.arn
    }
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  lifecycle {
    ignore_changes = [name]
  }

  depends_on = [var.made_after]
}
