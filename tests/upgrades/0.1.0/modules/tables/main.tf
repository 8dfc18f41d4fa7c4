# Who may call, what they may get, and what they tried. Rows are data: Terraform makes the tables
# and never looks inside.

resource "aws_dynamodb_table" "members" {
  name                        = var.member_table_name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = "phone"
  tags                        = var.tags

  attribute {
    name = "phone"
    type = "S"
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }
}

resource "aws_dynamodb_table" "benefits" {
  name                        = var.benefits_table_name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = "pinCode"
  tags                        = var.tags

  # A string: leading zeros of a PIN matter.
  attribute {
    name = "pinCode"
    type = "S"
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }
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
    enabled = var.point_in_time_recovery
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }
}
