variable "instance_alias" {
  description = <<-EOT
    Alias of the Amazon Connect instance to create. It is part of the agents' login URL and must be
    globally unique. 2 to 45 letters, digits and hyphens. It is read only when the instance is
    created, because another alias would replace the instance and release the phone number; to
    replace it on purpose, use `terraform apply -replace`. Leave it out with `existing_instance`.
  EOT
  type        = string
  default     = null

  validation {
    condition = var.instance_alias == null ? true : (
      can(regex("^[0-9A-Za-z]+(-*[0-9A-Za-z])*$", var.instance_alias))
      && length(var.instance_alias) >= 2
      && length(var.instance_alias) <= 45
      && !startswith(var.instance_alias, "d-")
    )
    error_message = "instance_alias must have 2 to 45 letters, digits and inner hyphens and not begin with \"d-\", and is ${jsonencode(var.instance_alias)}; Amazon Connect and Terraform's provider refuse anything else."
  }

  validation {
    condition     = (var.instance_alias == null) != (var.existing_instance == null)
    error_message = "A line needs either instance_alias, to create an Amazon Connect instance, or existing_instance, to use one, and ${var.instance_alias == null ? "neither is set" : "both are set"}."
  }
}

variable "existing_instance" {
  description = <<-EOT
    An existing Amazon Connect instance of this account and Region to use. The module adds its
    function, flow and phone number to the instance and changes no setting. Enable flow logs on it
    yourself; the flow switches logging off while it handles a PIN.

    - `id` - its id, the last part of its ARN. May be known after apply only.
  EOT
  type = object({
    id = string
  })
  default = null

  validation {
    condition     = var.existing_instance == null ? true : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.existing_instance.id))
    error_message = "existing_instance.id must be the id of an Amazon Connect instance, such as \"12345678-1234-1234-1234-123456789012\", the last part of its ARN, not ${jsonencode(try(var.existing_instance.id, null))}."
  }
}

variable "kms_key" {
  description = <<-EOT
    A customer managed key for encryption at rest. Its policy must allow DynamoDB and CloudWatch Logs to
    use it. Null uses keys owned by AWS.

    - `arn`    - its ARN, not that of an alias. May be known after apply only.
    - `tables` - whether it encrypts the tables that the module creates. Default true.
    - `logs`   - whether it encrypts the log groups that the module creates. Default true.
  EOT
  type = object({
    arn    = string
    tables = optional(bool, true)
    logs   = optional(bool, true)
  })
  default = null

  # IAM looks at the key itself, so an alias would plan and then be refused at every call.
  validation {
    condition     = var.kms_key == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key.arn))
    error_message = "kms_key.arn must be the ARN of a KMS key (…:key/…), not of an alias, and is ${jsonencode(try(var.kms_key.arn, null))}."
  }
}

variable "name" {
  description = <<-EOT
    Name of the line. The function and the flow have this name, and the names of alarms begin with it; the
    role and the dashboard, which belong to the whole account, have it with the Region; the names of
    tables begin with it unless `tables` sets them. So lines of different names do not collide in a
    Region, nor do lines of the same name in two Regions.
    Only the line of the default name has the tables `campaign_member_table`, `campaign_benefits_table`
    and `campaign_attempts_table`; a line called `spring` has `spring_member_table` and so on. Existing
    tables keep their names and rows when the name of the line changes.
  EOT
  type        = string
  default     = "campaign-line"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "name must begin with a lower-case letter and have at most 40 lower-case letters, digits and hyphens, and is ${jsonencode(var.name)}."
  }
}

variable "outbound_calls_enabled" {
  description = "Whether the instance that the module creates can place outbound calls. The line places none; a fallback to a phone number needs it. An existing instance keeps its own setting."
  type        = bool
  default     = false
  nullable    = false
}

variable "phone_number" {
  description = <<-EOT
    The phone number that callers dial. It is read only when the number is claimed, because another
    value would release the number, and AWS does not give a released number back; to replace it on
    purpose, use `terraform apply -replace`. A number that is already claimed or ported is given as
    `existing`; the module neither claims nor releases it. Lines that claim numbers in one apply may be
    offered the same number; one of them then fails: apply again.

    - `country_code` - ISO country code, such as `JP` or `US`. Messages go to numbers of this country unless `sms.country_prefixes` is set. Default `JP`.
    - `type`         - `DID`, `TOLL_FREE` or another type that Amazon Connect offers in the country. Default `DID`.
    - `prefix`       - first digits of the number, including `+` and country code, such as `+8150`. Default none.
    - `description`  - description of the number in Amazon Connect. Default none.
    - `existing`     - a number of this account in Amazon Connect: its `id`, the last part of its ARN, and the `number` itself in E.164, for the outputs and the country of messages. Leave `prefix` and `description` out with it. Default none.
  EOT
  type = object({
    country_code = optional(string, "JP")
    type         = optional(string, "DID")
    prefix       = optional(string)
    description  = optional(string)
    existing     = optional(object({ id = string, number = optional(string) }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[A-Z]{2}$", var.phone_number.country_code))
    error_message = "phone_number.country_code must be a two-letter ISO code in capitals, such as \"JP\", not ${jsonencode(var.phone_number.country_code)}."
  }

  validation {
    condition     = !can(regex("^[A-Z]{2}$", var.phone_number.country_code)) || contains(keys(local.calling_codes), var.phone_number.country_code)
    error_message = "phone_number.country_code must be a country code that Amazon Connect accepts, not ${jsonencode(var.phone_number.country_code)}; the United Kingdom, for example, is \"GB\"."
  }

  validation {
    condition     = contains(["DID", "TOLL_FREE", "UIFN", "SHARED", "THIRD_PARTY_DID", "THIRD_PARTY_TF"], var.phone_number.type)
    error_message = "phone_number.type must be one of DID, TOLL_FREE, UIFN, SHARED, THIRD_PARTY_DID and THIRD_PARTY_TF, not ${jsonencode(var.phone_number.type)}."
  }

  validation {
    condition     = var.phone_number.prefix == null || can(regex("^\\+[0-9]{1,14}$", var.phone_number.prefix))
    error_message = "phone_number.prefix must begin with + and the country code and hold digits only, such as \"+8150\", and is ${jsonencode(var.phone_number.prefix)}."
  }

  validation {
    condition     = var.phone_number.existing == null ? true : var.phone_number.prefix == null && var.phone_number.description == null
    error_message = "phone_number.existing must come without prefix (${jsonencode(var.phone_number.prefix)}) and description (${jsonencode(var.phone_number.description)}): both are for a number that is claimed."
  }

  validation {
    condition     = try(var.phone_number.existing.number, null) == null ? true : can(regex("^\\+[1-9][0-9]{1,14}$", var.phone_number.existing.number))
    error_message = "phone_number.existing.number must be E.164, such as \"+815012345678\", not ${jsonencode(try(var.phone_number.existing.number, null))}."
  }
}

variable "tables" {
  description = <<-EOT
    The DynamoDB tables. Names are read only when a table is created. Another key attribute replaces
    the table and deletes its rows, unless `deletion_protection` prevents it.

    - `member_table_name`       - name of the table of members, which maps a phone number (E.164) to `id`. Default `campaign_member_table`; see `name`.
    - `member_key_attribute`    - its partition key, a string. Default `phone`.
    - `create_member_table`     - false uses an existing table of this account and Region. Default true.
    - `benefits_table_name`     - name of the table of campaigns, which maps a PIN to `campaignUrl`. Default `campaign_benefits_table`; see `name`.
    - `benefits_key_attribute`  - its partition key, a string. Default `pinCode`.
    - `create_benefits_table`   - false uses an existing table of this account and Region. Default true.
    - `attempts_table_name`     - name of the table in which the function records wrong PINs and messages of the last days; rows expire. The table is not created when `guessing.enabled` is false. Default `campaign_attempts_table`; see `name`.
    - `deletion_protection`     - whether AWS refuses to delete the tables that the module creates; `terraform destroy` then stops before it releases the phone number. Default true.
    - `point_in_time_recovery`  - whether the tables that the module creates can be restored to any second of the recovery period. Default true.
    - `recovery_period_in_days` - recovery period in days, 1 to 35. Default 35.
  EOT
  type = object({
    member_table_name       = optional(string)
    member_key_attribute    = optional(string, "phone")
    create_member_table     = optional(bool, true)
    benefits_table_name     = optional(string)
    benefits_key_attribute  = optional(string, "pinCode")
    create_benefits_table   = optional(bool, true)
    attempts_table_name     = optional(string)
    deletion_protection     = optional(bool, true)
    point_in_time_recovery  = optional(bool, true)
    recovery_period_in_days = optional(number, 35)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name in [var.tables.member_table_name, var.tables.benefits_table_name, var.tables.attempts_table_name] :
      name == null ? true : can(regex("^[A-Za-z0-9_.-]{3,255}$", name))
    ])
    error_message = "Table names must have 3 to 255 letters, digits, underscores, dots and hyphens, and ${join(", ", [for name, value in var.tables : "tables.${name} is ${jsonencode(value)}" if !endswith(name, "_table_name") || value == null ? false : !can(regex("^[A-Za-z0-9_.-]{3,255}$", value))])}."
  }

  # The default line, campaign-line, has the contract's names, which begin with "campaign". Checked here,
  # since `name` cannot refer to `tables`, which refers to it.
  validation {
    condition = var.name != "campaign" ? true : alltrue([
      var.tables.member_table_name != null,
      var.tables.benefits_table_name != null,
      var.guessing.enabled ? var.tables.attempts_table_name != null : true,
    ])
    error_message = "A line whose name is \"campaign\" would have the tables of the line with the default name, \"campaign-line\": choose another name, or name each of its tables in `tables`."
  }

  validation {
    condition = length(distinct([
      coalesce(var.tables.attempts_table_name, "${local.table_prefix}_attempts_table"),
      coalesce(var.tables.benefits_table_name, "${local.table_prefix}_benefits_table"),
      coalesce(var.tables.member_table_name, "${local.table_prefix}_member_table"),
    ])) == 3
    error_message = "The names of tables must differ, and they are ${coalesce(var.tables.attempts_table_name, "${local.table_prefix}_attempts_table")}, ${coalesce(var.tables.benefits_table_name, "${local.table_prefix}_benefits_table")} and ${coalesce(var.tables.member_table_name, "${local.table_prefix}_member_table")}."
  }

  # DynamoDB counts the bytes of a name: base64 has four characters for three of them.
  validation {
    condition = alltrue([
      for attribute in [var.tables.member_key_attribute, var.tables.benefits_key_attribute] : attribute != "" && length(base64encode(attribute)) <= 340
    ])
    error_message = "Key attributes of tables must have 1 to 255 bytes, and tables.member_key_attribute is ${jsonencode(var.tables.member_key_attribute)} and tables.benefits_key_attribute ${jsonencode(var.tables.benefits_key_attribute)}."
  }

  # With such a key the function would not start: an attribute cannot hold two values.
  validation {
    condition = var.tables.member_key_attribute != "id" && !contains(
      ["campaignId", "campaignUrl", "enabled", "expiresAt", "lastRedemption", "maxRedemptions", "message", "redeemed", "singleUsePerMember", "startsAt"],
      var.tables.benefits_key_attribute,
    )
    error_message = "A key attribute of tables must not be one that rows use otherwise, such as `id` or `campaignUrl`: tables.member_key_attribute is ${jsonencode(var.tables.member_key_attribute)} and tables.benefits_key_attribute ${jsonencode(var.tables.benefits_key_attribute)}."
  }

  validation {
    condition     = alltrue([for name in ["member", "benefits"] : var.tables["create_${name}_table"] ? true : var.tables["${name}_table_name"] != null])
    error_message = "An existing table needs its name: set ${join(" and ", [for name in ["member", "benefits"] : "tables.${name}_table_name" if !var.tables["create_${name}_table"] && var.tables["${name}_table_name"] == null])}."
  }

  validation {
    condition     = contains(range(1, 36), var.tables.recovery_period_in_days)
    error_message = "tables.recovery_period_in_days must be a whole number of days from 1 to 35, not ${var.tables.recovery_period_in_days}."
  }
}

variable "tags" {
  description = "Tags for every resource that supports tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
