variable "instance_alias" {
  description = <<-EOT
    Alias of the Amazon Connect instance. It names the agents' login page and must be free in all
    of AWS. 1 to 45 letters, digits and hyphens. Changing it makes another instance with another
    number, and releases the number of the first.
  EOT
  type        = string
  nullable    = false

  validation {
    condition = (
      can(regex("^[0-9A-Za-z]+(-*[0-9A-Za-z])*$", var.instance_alias))
      && length(var.instance_alias) <= 45
      && !startswith(var.instance_alias, "d-")
    )
    error_message = "instance_alias takes 1 to 45 letters, digits and inner hyphens and does not begin with \"d-\"; Amazon Connect refuses anything else."
  }
}

variable "flow_logs" {
  description = <<-EOT
    Where Amazon Connect writes a line for each block of the flow that a caller passes. The flow
    switches logging off while it handles a PIN.

    - `retention_in_days` - days that lines are kept. Default 90.
  EOT
  type = object({
    retention_in_days = optional(number, 90)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(local.log_retention_days, var.flow_logs.retention_in_days)
    error_message = "flow_logs.retention_in_days must be one of ${join(", ", local.log_retention_days)}: CloudWatch Logs knows no other."
  }
}

variable "function" {
  description = <<-EOT
    The function that looks up callers and PINs.

    - `architecture`          - `x86_64` or `arm64`; must be the one the package was built for. Default `x86_64`.
    - `log_level`             - `DEBUG`, `INFO`, `WARN` or `ERROR`. Default `INFO`.
    - `log_retention_in_days` - days that its log is kept. Default 90.
    - `memory_size`           - MB, 128 to 10240; more memory also means more CPU. Default 256.
    - `timeout`               - seconds, 1 to 8: Amazon Connect waits no longer. Default 7.
  EOT
  type = object({
    architecture          = optional(string, "x86_64")
    log_level             = optional(string, "INFO")
    log_retention_in_days = optional(number, 90)
    memory_size           = optional(number, 256)
    timeout               = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.function.architecture)
    error_message = "function.architecture is \"x86_64\" or \"arm64\"."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.function.log_level)
    error_message = "function.log_level is \"DEBUG\", \"INFO\", \"WARN\" or \"ERROR\"."
  }

  validation {
    condition     = contains(local.log_retention_days, var.function.log_retention_in_days)
    error_message = "function.log_retention_in_days must be one of ${join(", ", local.log_retention_days)}: CloudWatch Logs knows no other."
  }

  validation {
    condition     = var.function.memory_size >= 128 && var.function.memory_size <= 10240 && floor(var.function.memory_size) == var.function.memory_size
    error_message = "function.memory_size is a whole number of MB from 128 to 10240."
  }

  validation {
    condition     = var.function.timeout >= 1 && var.function.timeout <= 8 && floor(var.function.timeout) == var.function.timeout
    error_message = "function.timeout is a whole number of seconds from 1 to 8: Amazon Connect gives up on a function after 8 seconds."
  }
}

variable "lambda_package" {
  description = <<-EOT
    Where the function's zip comes from. Leave it out to run the zip that lies in this module's
    `dist` directory.

    - `path` - a zip on the machine that runs Terraform.
  EOT
  type = object({
    path = optional(string)
  })
  default  = {}
  nullable = false
}

variable "language" {
  description = "Language of the prompts: `ja` or `en`."
  type        = string
  default     = "ja"
  nullable    = false

  validation {
    condition     = contains(["ja", "en"], var.language)
    error_message = "language is \"ja\" or \"en\"; for another language set `texts` and `voice` on top of one of them."
  }
}

variable "name" {
  description = "Name of the line: names the function, its role, the flow and the log group, so two lines in one account need two names."
  type        = string
  default     = "campaign-line"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "name begins with a lower-case letter and takes up to 40 lower-case letters, digits and hyphens."
  }
}

variable "phone_number" {
  description = <<-EOT
    The number that callers dial. All of it is read when the number is claimed and never again:
    another value would release the number, and AWS does not give a released number back. For
    another number say so with `terraform apply -replace`.

    - `country_code` - ISO country code, such as `JP` or `US`. Default `JP`.
    - `type`         - `DID`, `TOLL_FREE` and others that Amazon Connect offers in the country. Default `DID`.
    - `prefix`       - beginning of the number including `+` and country code, such as `+8150`. Default none.
    - `description`  - free text. Default none.
  EOT
  type = object({
    country_code = optional(string, "JP")
    type         = optional(string, "DID")
    prefix       = optional(string)
    description  = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[A-Z]{2}$", var.phone_number.country_code))
    error_message = "phone_number.country_code is a two-letter ISO code in capitals, such as \"JP\"."
  }

  validation {
    condition     = contains(["DID", "TOLL_FREE", "UIFN", "SHARED", "THIRD_PARTY_DID", "THIRD_PARTY_TF"], var.phone_number.type)
    error_message = "phone_number.type is one of DID, TOLL_FREE, UIFN, SHARED, THIRD_PARTY_DID and THIRD_PARTY_TF."
  }

  validation {
    condition     = var.phone_number.prefix == null || can(regex("^\\+[0-9]{1,14}$", var.phone_number.prefix))
    error_message = "phone_number.prefix begins with + and the country code and holds digits only, such as \"+8150\"."
  }
}

variable "pin" {
  description = <<-EOT
    How a PIN is keyed in. `#` ends it.

    - `max_length`          - digits after which it counts as complete, 1 to 16. Default 8.
    - `first_key_seconds`   - seconds to wait for the first key, 1 to 180. Default 10.
    - `between_key_seconds` - seconds to wait for each further key, 1 to 20. Default 5.
  EOT
  type = object({
    max_length          = optional(number, 8)
    first_key_seconds   = optional(number, 10)
    between_key_seconds = optional(number, 5)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.pin.max_length >= 1 && var.pin.max_length <= 16 && floor(var.pin.max_length) == var.pin.max_length
    error_message = "pin.max_length is a whole number from 1 to 16."
  }

  validation {
    condition     = var.pin.first_key_seconds >= 1 && var.pin.first_key_seconds <= 180 && floor(var.pin.first_key_seconds) == var.pin.first_key_seconds
    error_message = "pin.first_key_seconds is a whole number of seconds from 1 to 180."
  }

  validation {
    condition     = var.pin.between_key_seconds >= 1 && var.pin.between_key_seconds <= 20 && floor(var.pin.between_key_seconds) == var.pin.between_key_seconds
    error_message = "pin.between_key_seconds is a whole number of seconds from 1 to 20."
  }
}

variable "sms" {
  description = <<-EOT
    The text message.

    - `template`  - text with `{url}` where the campaign's URL goes. Plain text: phones make a link of the URL, and would show markup literally. Default `キャンペーンページ {url}`.
    - `type`      - `Promotional` (cheapest) or `Transactional` (most reliable). Default `Promotional`.
    - `sender_id` - name shown as the sender where the country allows it, 3 to 11 letters and digits with at least one letter. Default none.
  EOT
  type = object({
    template  = optional(string, "キャンペーンページ {url}")
    type      = optional(string, "Promotional")
    sender_id = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(regexall("\\{url\\}", var.sms.template)) == 1 && length(regexall("[{}]", var.sms.template)) == 2
    error_message = "sms.template holds the placeholder {url} exactly once and no other braces."
  }

  validation {
    condition     = contains(["Promotional", "Transactional"], var.sms.type)
    error_message = "sms.type is \"Promotional\" or \"Transactional\"."
  }

  validation {
    condition     = var.sms.sender_id == null || can(regex("^[0-9A-Za-z]{3,11}$", var.sms.sender_id)) && can(regex("[A-Za-z]", var.sms.sender_id))
    error_message = "sms.sender_id takes 3 to 11 letters and digits, at least one of them a letter."
  }
}

variable "sms_preferences" {
  description = <<-EOT
    SMS settings of the whole account in this Region. There is one set of them: let one stack own
    it, and know that destroying that stack blanks all of them. Null (the default) leaves them alone.

    - `monthly_spend_limit`                   - US dollars a month after which SNS stops sending. Default: as it is.
    - `default_sms_type`                      - `Promotional` or `Transactional`, for messages that do not say. Default: as it is.
    - `default_sender_id`                     - sender shown for messages that do not say. Default: as it is.
    - `delivery_status_iam_role_arn`          - role by which SNS writes delivery logs. Default: no logs.
    - `delivery_status_success_sampling_rate` - percentage of successful deliveries to log. Default: as it is.
    - `usage_report_s3_bucket`                - bucket for daily usage reports; they hold the numbers. Default: none.
  EOT
  type = object({
    monthly_spend_limit                   = optional(number)
    default_sms_type                      = optional(string)
    default_sender_id                     = optional(string)
    delivery_status_iam_role_arn          = optional(string)
    delivery_status_success_sampling_rate = optional(number)
    usage_report_s3_bucket                = optional(string)
  })
  default = null

  validation {
    condition     = var.sms_preferences == null ? true : anytrue([for value in values(var.sms_preferences) : value != null])
    error_message = "sms_preferences needs at least one setting; leave it null to manage none."
  }

  validation {
    condition     = try(var.sms_preferences.monthly_spend_limit, null) == null ? true : var.sms_preferences.monthly_spend_limit >= 1 && floor(var.sms_preferences.monthly_spend_limit) == var.sms_preferences.monthly_spend_limit
    error_message = "sms_preferences.monthly_spend_limit is a whole number of US dollars of 1 or more."
  }

  validation {
    condition     = try(var.sms_preferences.default_sms_type, null) == null ? true : contains(["Promotional", "Transactional"], var.sms_preferences.default_sms_type)
    error_message = "sms_preferences.default_sms_type is \"Promotional\" or \"Transactional\"."
  }

  validation {
    condition     = try(var.sms_preferences.delivery_status_success_sampling_rate, null) == null ? true : var.sms_preferences.delivery_status_success_sampling_rate >= 0 && var.sms_preferences.delivery_status_success_sampling_rate <= 100 && floor(var.sms_preferences.delivery_status_success_sampling_rate) == var.sms_preferences.delivery_status_success_sampling_rate
    error_message = "sms_preferences.delivery_status_success_sampling_rate is a whole percentage from 0 to 100."
  }
}

variable "tables" {
  description = <<-EOT
    The two tables. Changing a name replaces the table and loses its rows.

    - `member_table_name`      - callers: `phone` (E.164) to `id`. Default `campaign_member_table`.
    - `benefits_table_name`    - campaigns: `pinCode` to `campaignUrl`. Default `campaign_benefits_table`.
    - `deletion_protection`    - whether AWS refuses to delete them, also by `terraform destroy`. Default false.
    - `point_in_time_recovery` - whether they can be restored to any second of the last 35 days. Default true.
  EOT
  type = object({
    member_table_name      = optional(string, "campaign_member_table")
    benefits_table_name    = optional(string, "campaign_benefits_table")
    deletion_protection    = optional(bool, false)
    point_in_time_recovery = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in [var.tables.member_table_name, var.tables.benefits_table_name] : can(regex("^[A-Za-z0-9_.-]{3,255}$", name))])
    error_message = "Table names take 3 to 255 letters, digits, underscores, dots and hyphens."
  }

  validation {
    condition     = var.tables.member_table_name != var.tables.benefits_table_name
    error_message = "tables.member_table_name and tables.benefits_table_name must differ."
  }
}

variable "tags" {
  description = "Tags for everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "texts" {
  description = <<-EOT
    What callers hear; a field left out keeps the text of `language`.

    - `not_a_member` - the caller's number is not in the member table.
    - `ask_pin`      - asks for the PIN.
    - `no_key`       - no key was pressed in time.
    - `wrong_pin`    - there is no campaign with that PIN.
    - `sent`         - the message is on its way.
    - `not_sent`     - the PIN was right, but no message could be sent.
    - `trouble`      - something is broken.
  EOT
  type = object({
    not_a_member = optional(string)
    ask_pin      = optional(string)
    no_key       = optional(string)
    wrong_pin    = optional(string)
    sent         = optional(string)
    not_sent     = optional(string)
    trouble      = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for text in values(var.texts) : text == null ? true : length(trimspace(text)) > 0 && length(text) <= 3000])
    error_message = "Each text holds 1 to 3000 characters: Amazon Connect refuses empty prompts and reads no longer ones."
  }
}

variable "voice" {
  description = <<-EOT
    Amazon Polly voice of the prompts; left out, `language` chooses it.

    - `name`          - such as `Kazuha`, `Tomoko`, `Takumi` or `Mizuki` for Japanese.
    - `engine`        - `Standard`, `Neural` or another engine that has the voice.
    - `language_code` - such as `ja-JP`.
  EOT
  type = object({
    name          = optional(string)
    engine        = optional(string)
    language_code = optional(string)
  })
  default  = {}
  nullable = false
}
