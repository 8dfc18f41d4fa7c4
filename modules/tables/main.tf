# The tables of members, of campaigns and of attempts. Rows are data: Terraform creates the tables and
# never reads them. An existing table is only named.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # An existing table must be in this account and Region, where the function looks for it.
  arn_prefix = "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:table"

  # Every partition key is a string: leading zeros of a PIN matter, and so does the + of a number.
  tables = {
    members  = merge(var.members, { expires_by = null })
    benefits = merge(var.benefits, { expires_by = null })

    # Wrong PINs and messages by caller and day, written by the function. Rows outlive their use by a
    # day or two and then expire.
    attempts = {
      name          = try(var.attempts.name, null)
      key_attribute = "pk"
      create        = var.attempts != null
      expires_by    = "expiresAt"
    }
  }
}

resource "aws_dynamodb_table" "this" {
  for_each = { for role, table in local.tables : role => table if table.create }

  name                        = each.value.name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = each.value.key_attribute
  tags                        = var.tags

  attribute {
    name = each.value.key_attribute
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

  dynamic "ttl" {
    for_each = each.value.expires_by[*]

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  lifecycle {
    # Another name would create another table and delete this one with its rows.
    ignore_changes = [name]
  }

  # Tables are deleted before the resource that they waited for: a protected table stops a destroy before
  # the phone number is released.
  depends_on = [var.wait_for]
}
