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

variable "fallbacks" {
  description = <<-EOT
    Who takes a call over instead of the announcement, each left out by default. When nobody can
    take it over, the caller hears the announcement after all. A queue is one of the line's own
    instance and may be made from `instance_id`; a phone number needs `outbound_calls_enabled`.

    - `withheld` - the caller's number is withheld: `queue_arn` or `phone_number` (E.164).
    - `locked`   - too many wrong PINs: the same.
    - `trouble`  - something is broken: the same.
  EOT
  type = object({
    withheld = optional(object({ queue_arn = optional(string), phone_number = optional(string) }))
    locked   = optional(object({ queue_arn = optional(string), phone_number = optional(string) }))
    trouble  = optional(object({ queue_arn = optional(string), phone_number = optional(string) }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for to in values(var.fallbacks) : to == null ? true : (to.queue_arn == null) != (to.phone_number == null)])
    error_message = "Each of fallbacks takes `queue_arn` or `phone_number`, one of them."
  }

  validation {
    condition = alltrue([
      for to in values(var.fallbacks) :
      try(to.phone_number, null) == null ? true : can(regex("^\\+[1-9][0-9]{1,14}$", to.phone_number))
    ])
    error_message = "A phone number of fallbacks is E.164, such as \"+81312345678\"."
  }

  validation {
    condition = alltrue([
      for to in values(var.fallbacks) :
      try(to.queue_arn, null) == null ? true : can(regex("^arn:[^:]+:connect:[^:]+:[0-9]{12}:instance/[^/]+/queue/[^/]+$", to.queue_arn))
    ])
    error_message = "A queue of fallbacks is the ARN of an Amazon Connect queue."
  }

  validation {
    condition     = alltrue([for to in values(var.fallbacks) : try(to.phone_number, null) == null ? true : var.outbound_calls_enabled])
    error_message = "A phone number of fallbacks needs outbound_calls_enabled = true: the instance dials it."
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

variable "guessing" {
  description = <<-EOT
    How PINs are kept from being guessed. Windows are of the clock (UTC hour, UTC day), so nobody
    is locked out for good.

    - `enabled`                        - whether wrong PINs are counted and messages entered in the attempts table. Without it a message may be sent twice when Amazon Connect asks again, and `sms.per_member_per_day` does not hold. Default true.
    - `tries_per_call`                 - PINs a caller may key in one call, 1 to 10. Default 3.
    - `wrong_pins_per_caller_per_hour` - wrong PINs of one number in an hour, 1 to 100. Default 5.
    - `wrong_pins_per_caller_per_day`  - the same in a day, no fewer than in an hour. Default 10.
    - `wrong_pins_per_hour`            - wrong PINs of all callers in an hour, after which nobody gets through: what stops those who change their number. Default 300.
  EOT
  type = object({
    enabled                        = optional(bool, true)
    tries_per_call                 = optional(number, 3)
    wrong_pins_per_caller_per_hour = optional(number, 5)
    wrong_pins_per_caller_per_day  = optional(number, 10)
    wrong_pins_per_hour            = optional(number, 300)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(range(1, 11), var.guessing.tries_per_call)
    error_message = "guessing.tries_per_call is a whole number from 1 to 10."
  }

  validation {
    condition     = contains(range(1, 101), var.guessing.wrong_pins_per_caller_per_hour) && contains(range(1, 101), var.guessing.wrong_pins_per_caller_per_day)
    error_message = "guessing.wrong_pins_per_caller_per_hour and guessing.wrong_pins_per_caller_per_day are whole numbers from 1 to 100."
  }

  validation {
    condition     = var.guessing.wrong_pins_per_caller_per_hour <= var.guessing.wrong_pins_per_caller_per_day
    error_message = "guessing.wrong_pins_per_caller_per_day is no smaller than guessing.wrong_pins_per_caller_per_hour."
  }

  validation {
    condition     = var.guessing.wrong_pins_per_hour >= 1 && var.guessing.wrong_pins_per_hour <= 1000000 && floor(var.guessing.wrong_pins_per_hour) == var.guessing.wrong_pins_per_hour
    error_message = "guessing.wrong_pins_per_hour is a whole number from 1 to 1000000."
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

variable "languages" {
  description = <<-EOT
    Languages of the prompts, the default first. With more than one, callers choose theirs by key
    before anything else. Shipped are `ja` and `en`; any other needs all of `texts` and `voices`.
  EOT
  type        = list(string)
  default     = ["ja"]
  nullable    = false

  # Five languages with every fallback come near the 250 blocks that a flow may have.
  validation {
    condition     = length(var.languages) >= 1 && length(var.languages) <= 5 && length(distinct(var.languages)) == length(var.languages)
    error_message = "languages takes 1 to 5 languages, each once."
  }

  validation {
    condition     = alltrue([for code in var.languages : can(regex("^[a-z]{2,3}(-[0-9A-Za-z]{2,8})?$", code))])
    error_message = "Each of languages is a code such as \"ja\", \"en\" or \"pt-BR\"."
  }

  validation {
    condition = alltrue([
      for code in var.languages : contains(["ja", "en"], code) ? true : (
        try(alltrue([for text in values(var.texts[code]) : text != null]), false)
        && try(alltrue([for value in values(var.voices[code]) : value != null]), false)
      )
    ])
    error_message = "languages knows \"ja\" and \"en\"; any other needs every field of its `texts` and `voices`."
  }

  validation {
    condition     = length(setsubtract(concat(keys(var.texts), keys(var.voices), keys(var.sms.templates)), var.languages)) == 0
    error_message = "texts, voices and sms.templates have a language that is not in languages: nobody would ever hear or read it."
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

variable "outbound_calls_enabled" {
  description = "Whether the instance may dial out. The line itself never does; a fallback to a phone number needs it."
  type        = bool
  default     = false
  nullable    = false
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
    How a PIN is keyed in, `#` ends it, and how it is kept in the benefits table.

    - `min_length`          - digits below which it is not even looked up, 1 to `max_length`. Default 1.
    - `max_length`          - digits after which it counts as complete, 1 to 16. Default 8.
    - `first_key_seconds`   - seconds to wait for the first key, 1 to 180. Default 10.
    - `between_key_seconds` - seconds to wait for each further key, 1 to 20. Default 5.
    - `key_mode`            - what `pinCode` in the table is: `plain`, the digits, or `hmac`, their HMAC-SHA-256, which tells nobody the PIN. Changing it means writing all rows again. Default `plain`.
    - `pepper`              - the secret of `hmac`, one of
      - `kms_key_arn`        - a KMS key for HMAC_256, which never leaves KMS and costs a request for each try.
      - `ssm_parameter_name` - a SecureString, read once when the function starts; with
      - `ssm_key_arn`        - the KMS key that encrypts it, unless that is the account's own `aws/ssm`.
  EOT
  type = object({
    min_length          = optional(number, 1)
    max_length          = optional(number, 8)
    first_key_seconds   = optional(number, 10)
    between_key_seconds = optional(number, 5)
    key_mode            = optional(string, "plain")
    pepper = optional(object({
      kms_key_arn        = optional(string)
      ssm_parameter_name = optional(string)
      ssm_key_arn        = optional(string)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(range(1, 17), var.pin.max_length)
    error_message = "pin.max_length is a whole number from 1 to 16."
  }

  validation {
    condition     = contains(range(1, 17), var.pin.min_length) && var.pin.min_length <= var.pin.max_length
    error_message = "pin.min_length is a whole number from 1 to pin.max_length."
  }

  validation {
    condition     = contains(range(1, 181), var.pin.first_key_seconds)
    error_message = "pin.first_key_seconds is a whole number of seconds from 1 to 180."
  }

  validation {
    condition     = contains(range(1, 21), var.pin.between_key_seconds)
    error_message = "pin.between_key_seconds is a whole number of seconds from 1 to 20."
  }

  validation {
    condition     = contains(["plain", "hmac"], var.pin.key_mode)
    error_message = "pin.key_mode is \"plain\" or \"hmac\"."
  }

  validation {
    condition     = var.pin.key_mode == "hmac" ? (var.pin.pepper.kms_key_arn == null) != (var.pin.pepper.ssm_parameter_name == null) : true
    error_message = "pin.key_mode \"hmac\" needs pin.pepper.kms_key_arn or pin.pepper.ssm_parameter_name, one of them."
  }

  validation {
    condition     = var.pin.key_mode == "plain" ? alltrue([for secret in values(var.pin.pepper) : secret == null]) : true
    error_message = "pin.pepper is for pin.key_mode \"hmac\" only: with \"plain\" nothing would use it."
  }

  # IAM looks at the key itself, so an alias would plan and then be refused at every call.
  validation {
    condition = alltrue([
      for arn in [var.pin.pepper.kms_key_arn, var.pin.pepper.ssm_key_arn] :
      arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", arn))
    ])
    error_message = "pin.pepper takes ARNs of KMS keys (…:key/…), not of aliases."
  }

  validation {
    condition     = var.pin.pepper.ssm_key_arn == null ? true : var.pin.pepper.ssm_parameter_name != null
    error_message = "pin.pepper.ssm_key_arn goes with pin.pepper.ssm_parameter_name."
  }

  validation {
    condition     = var.pin.pepper.ssm_parameter_name == null ? true : can(regex("^(/?[0-9A-Za-z_.-]+)+$", var.pin.pepper.ssm_parameter_name))
    error_message = "pin.pepper.ssm_parameter_name is the name of an SSM parameter, such as \"/campaign/pepper\"."
  }
}

variable "sms" {
  description = <<-EOT
    The text message and to whom it may go.

    - `template`           - text with `{url}` where the campaign's URL goes. Plain text: phones make a link of the URL, and would show markup literally. Default `キャンペーンページ {url}`.
    - `templates`          - the same by language, for callers who heard that language; the others get `template`. Default none.
    - `url_max_length`     - characters to allow for the URL when the parts of a message are counted, 10 to 400. Longer ones are judged when they are sent. Default 100.
    - `type`               - `Promotional` (cheapest) or `Transactional` (most reliable). Default `Promotional`.
    - `sender_id`          - name shown as the sender where the country allows it, 3 to 11 letters and digits with at least one letter. Default none.
    - `origination_number` - number of this account to send from, E.164 or a short code. Default: AWS chooses.
    - `max_price`          - US dollars that one part may cost; dearer ones are not sent. Default: no limit.
    - `backend`            - `sns` or `end_user_messaging`. Default `sns`.
    - `country_prefixes`   - beginnings of the numbers that may get a message. Default `["+81"]`.
    - `mobile_pattern`     - regular expression (RE2) that such a number must match as well, such as `^\\+81[6789]0`. Default none.
    - `per_member_per_day` - messages that one member gets in a UTC day, 1 to 100. Default 2.
    - `url_hosts`          - hosts to which a campaign's URL may lead, such as `["example.com"]`; empty means any. Default any.
  EOT
  type = object({
    template           = optional(string, "キャンペーンページ {url}")
    templates          = optional(map(string), {})
    url_max_length     = optional(number, 100)
    type               = optional(string, "Promotional")
    sender_id          = optional(string)
    origination_number = optional(string)
    max_price          = optional(number)
    backend            = optional(string, "sns")
    country_prefixes   = optional(list(string), ["+81"])
    mobile_pattern     = optional(string)
    per_member_per_day = optional(number, 2)
    url_hosts          = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for text in concat([var.sms.template], values(var.sms.templates)) :
      length(regexall("\\{url\\}", text)) == 1 && length(regexall("[{}]", text)) == 2
    ])
    error_message = "sms.template and each of sms.templates hold the placeholder {url} exactly once and no other braces."
  }

  # Three parts hold 3 x 153 characters of GSM 03.38, where those of its extension table count
  # twice, or 3 x 67 units of UTF-16, where those beyond the first plane count twice. A double one
  # is never split, so with any of them two units less are sure to fit. A URL is ASCII. Terraform's
  # length() counts what a reader sees as one character, hence the regular expressions.
  validation {
    condition = alltrue([
      for text in [
        for own in [for template in concat([var.sms.template], values(var.sms.templates)) : replace(template, "{url}", "")] : {
          gsm        = can(regex("^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\\\\[~\\]|€-]*$", own))
          characters = length(regexall("(?s).", own))
          extended   = length(regexall("[\\^\\\\\\[~\\]|€]", own))
          astral     = length(regexall("[\\x{10000}-\\x{10FFFF}]", own))
        }
        ] : (
        text.gsm
        ? text.characters + text.extended + (text.extended > 0 ? 2 : 0) + var.sms.url_max_length <= 3 * 153
        : text.characters + text.astral + (text.astral > 0 ? 2 : 0) + var.sms.url_max_length <= 3 * 67
      )
    ])
    error_message = "A text of sms with a URL of sms.url_max_length characters makes more than 3 parts: 459 characters of the GSM alphabet, or 201 when any other character (all of Japanese) is in the text. Shorten it."
  }

  validation {
    condition     = contains(range(10, 401), var.sms.url_max_length)
    error_message = "sms.url_max_length is a whole number from 10 to 400."
  }

  validation {
    condition     = contains(["Promotional", "Transactional"], var.sms.type)
    error_message = "sms.type is \"Promotional\" or \"Transactional\"."
  }

  validation {
    condition     = var.sms.sender_id == null || can(regex("^[0-9A-Za-z]{3,11}$", var.sms.sender_id)) && can(regex("[A-Za-z]", var.sms.sender_id))
    error_message = "sms.sender_id takes 3 to 11 letters and digits, at least one of them a letter."
  }

  validation {
    condition     = var.sms.origination_number == null ? true : can(regex("^(\\+[1-9][0-9]{1,14}|[0-9]{3,8})$", var.sms.origination_number))
    error_message = "sms.origination_number is E.164, such as \"+815012345678\", or a short code."
  }

  validation {
    condition     = var.sms.max_price == null ? true : var.sms.max_price > 0 && var.sms.max_price <= 100
    error_message = "sms.max_price is US dollars for one part, above 0 and at most 100."
  }

  validation {
    condition     = contains(["sns", "end_user_messaging"], var.sms.backend)
    error_message = "sms.backend is \"sns\" or \"end_user_messaging\"."
  }

  validation {
    condition     = length(var.sms.country_prefixes) > 0 && alltrue([for prefix in var.sms.country_prefixes : can(regex("^\\+[1-9][0-9]{0,14}$", prefix))])
    error_message = "sms.country_prefixes needs at least one prefix, each with + and the country code, such as \"+81\"."
  }

  validation {
    condition     = var.sms.mobile_pattern == null ? true : can(regexall(var.sms.mobile_pattern, ""))
    error_message = "sms.mobile_pattern is no regular expression."
  }

  validation {
    condition     = contains(range(1, 101), var.sms.per_member_per_day)
    error_message = "sms.per_member_per_day is a whole number from 1 to 100."
  }

  validation {
    condition     = alltrue([for host in var.sms.url_hosts : can(regex("^([0-9a-z]([0-9a-z-]*[0-9a-z])?\\.)+[a-z][0-9a-z-]*[0-9a-z]$", host))])
    error_message = "Each of sms.url_hosts is a host name in small letters, such as \"example.com\", without scheme, port or path."
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
    The tables. Changing a name replaces the table and loses its rows.

    - `member_table_name`      - callers: `phone` (E.164) to `id`. Default `campaign_member_table`.
    - `benefits_table_name`    - campaigns: `pinCode` to `campaignUrl`. Default `campaign_benefits_table`.
    - `attempts_table_name`    - wrong PINs and messages of the last days, kept by the function; rows expire. There is none without `guessing.enabled`. Default `campaign_attempts_table`.
    - `deletion_protection`    - whether AWS refuses to delete them, also by `terraform destroy`. Default false.
    - `point_in_time_recovery` - whether they can be restored to any second of the last 35 days. Default true.
  EOT
  type = object({
    member_table_name      = optional(string, "campaign_member_table")
    benefits_table_name    = optional(string, "campaign_benefits_table")
    attempts_table_name    = optional(string, "campaign_attempts_table")
    deletion_protection    = optional(bool, false)
    point_in_time_recovery = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name in [var.tables.member_table_name, var.tables.benefits_table_name, var.tables.attempts_table_name] :
      can(regex("^[A-Za-z0-9_.-]{3,255}$", name))
    ])
    error_message = "Table names take 3 to 255 letters, digits, underscores, dots and hyphens."
  }

  validation {
    condition     = length(distinct([var.tables.member_table_name, var.tables.benefits_table_name, var.tables.attempts_table_name])) == 3
    error_message = "The names of tables must differ."
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
    What callers hear, by language; a field left out keeps the shipped text.

    - `choose_language` - offers the language; `{key}` stands for the key to press. Only spoken when there are several.
    - `withheld`        - the caller's number is withheld.
    - `not_a_member`    - the caller's number is not in the member table.
    - `ask_pin`         - asks for the PIN.
    - `wrong_pin_again` - there is no campaign with that PIN; asks again.
    - `short_pin_again` - the PIN has fewer digits than `pin.min_length`; asks again.
    - `no_key_again`    - no key was pressed in time; asks again.
    - `wrong_pin`       - there is no campaign with that PIN, and no try is left.
    - `no_key`          - no key was pressed in time, and no try is left.
    - `locked`          - too many wrong PINs, of this caller or of all.
    - `campaign_over`   - the campaign is switched off, has not begun, has ended or is used up.
    - `not_sent`        - the PIN was right, but no message may go to this number, or none could be sent.
    - `sent`            - the message is on its way.
    - `trouble`         - something is broken.
    - `handing_over`    - the call goes to a queue or phone number of `fallbacks`.
  EOT
  type = map(object({
    choose_language = optional(string)
    withheld        = optional(string)
    not_a_member    = optional(string)
    ask_pin         = optional(string)
    wrong_pin_again = optional(string)
    short_pin_again = optional(string)
    no_key_again    = optional(string)
    wrong_pin       = optional(string)
    no_key          = optional(string)
    locked          = optional(string)
    campaign_over   = optional(string)
    not_sent        = optional(string)
    sent            = optional(string)
    trouble         = optional(string)
    handing_over    = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue(flatten([for texts in values(var.texts) : [for text in values(texts) : text == null ? true : length(trimspace(text)) > 0 && length(text) <= 3000]]))
    error_message = "Each text holds 1 to 3000 characters: Amazon Connect refuses empty prompts and reads no longer ones."
  }

  validation {
    condition     = alltrue([for texts in values(var.texts) : texts.choose_language == null ? true : strcontains(texts.choose_language, "{key}")])
    error_message = "texts.<language>.choose_language holds the placeholder {key}: callers have to hear which key to press."
  }
}

variable "unknown_caller" {
  description = <<-EOT
    What callers hear whose number is not in the member table: `announce` tells them so at once,
    `uniform` asks them for a PIN like everybody else and calls it wrong, so that nobody can find
    out who is a member.
  EOT
  type        = string
  default     = "announce"
  nullable    = false

  validation {
    condition     = contains(["announce", "uniform"], var.unknown_caller)
    error_message = "unknown_caller is \"announce\" or \"uniform\"."
  }
}

variable "voices" {
  description = <<-EOT
    Amazon Polly voice of the prompts, by language; a field left out keeps the shipped one.

    - `name`          - such as `Kazuha`, `Tomoko`, `Takumi` or `Mizuki` for Japanese.
    - `engine`        - `Standard`, `Neural` or another engine that has the voice.
    - `language_code` - such as `ja-JP`.
  EOT
  type = map(object({
    name          = optional(string)
    engine        = optional(string)
    language_code = optional(string)
  }))
  default  = {}
  nullable = false
}
