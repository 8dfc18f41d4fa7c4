variable "sms" {
  description = <<-EOT
    The text message and to whom it may go.

    - `template`           - text with `{url}` where the campaign's URL goes. Plain text: phones make a link of the URL, and would show markup literally. Default `キャンペーンページ {url}`.
    - `templates`          - the same by language, for callers who heard that language; the others get `template`. Default none.
    - `url_max_length`     - characters to allow for the URL when the parts of a message are counted, 10 to 400. Longer ones are judged when they are sent. Default 100.
    - `type`               - `Promotional` (cheapest) or `Transactional` (most reliable). Default `Promotional`.
    - `sender_id`          - name shown as the sender where the country allows it, 3 to 11 letters and digits with at least one letter. Default none.
    - `origination_number` - number of this account to send from, E.164 or a short code of 5 digits and more. Default: AWS chooses.
    - `max_price`          - US dollars that one part may cost, below 100 and with at most 5 decimals; dearer ones are not sent. Default: no limit.
    - `backend`            - `sns` or `end_user_messaging`. Default `sns`.
    - `country_prefixes`   - beginnings of the numbers that may get a message. Default `["+81"]`.
    - `mobile_pattern`     - regular expression that such a number must match as well, from its `+` to its last digit, such as `\\+81[6789]0\\d{8}`. Default none.
    - `per_member_per_day` - messages that one member's number gets in a UTC day, 1 to 100. A member with two numbers may get twice as many. Default 2.
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
    condition     = var.sms.origination_number == null ? true : can(regex("^(\\+[1-9][0-9]{4,14}|[0-9]{5,8})$", var.sms.origination_number))
    error_message = "sms.origination_number is E.164, such as \"+815012345678\", or a short code of 5 to 8 digits."
  }

  validation {
    condition     = var.sms.max_price == null ? true : var.sms.max_price > 0 && can(regex("^[0-9]{1,2}(\\.[0-9]{1,5})?$", tostring(var.sms.max_price)))
    error_message = "sms.max_price is US dollars for one part, above 0, below 100 and with at most 5 decimals, such as 0.25."
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

  # What Terraform and the function's own engine read alike. A number has nothing but a plus and
  # digits, so nothing else is of use.
  validation {
    condition = var.sms.mobile_pattern == null ? true : (
      can(regex("^(\\\\[+dD]|\\(\\?:|\\{[0-9]{1,2}(,[0-9]{0,2})?\\}|\\[\\^?([0-9+]|[0-9]-[0-9]|\\\\[+d])+\\]|[0-9.^$|?*+()])*$", var.sms.mobile_pattern))
      && length(regexall("\\(", var.sms.mobile_pattern)) <= 40
    )
    error_message = "sms.mobile_pattern is made of digits, \\+, \\d, \\D, the dot, sets such as [6789] or [6-9], groups (40 at most), | and the repetitions ?, *, + and {8}: a number has a plus and digits only."
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
    - `delivery_logs`                         - makes the log groups of delivered and failed messages, and the role to write to them: `retention_in_days` (30), `success_sampling_rate` (100 % of the delivered; failed ones always), `role_name`. They hold whole phone numbers. Default: none.
    - `delivery_status_iam_role_arn`          - existing role by which SNS writes delivery logs. Default: no logs.
    - `delivery_status_success_sampling_rate` - percentage of successful deliveries to log. Default: as it is.
    - `usage_report_s3_bucket`                - bucket for daily usage reports; they hold the numbers. Default: none.
  EOT
  type = object({
    delivery_logs = optional(object({
      retention_in_days     = optional(number, 30)
      role_name             = optional(string, "sns-sms-delivery-logs")
      success_sampling_rate = optional(number, 100)
    }))
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

  validation {
    condition     = try(var.sms_preferences.delivery_logs, null) == null ? true : var.sms_preferences.delivery_status_iam_role_arn == null && var.sms_preferences.delivery_status_success_sampling_rate == null
    error_message = "sms_preferences.delivery_logs makes the role and has a sampling rate of its own: leave delivery_status_iam_role_arn and delivery_status_success_sampling_rate out."
  }

  validation {
    condition     = try(var.sms_preferences.delivery_logs, null) == null ? true : contains(local.log_retention_days, var.sms_preferences.delivery_logs.retention_in_days)
    error_message = "sms_preferences.delivery_logs.retention_in_days must be one of ${join(", ", local.log_retention_days)}: CloudWatch Logs knows no other."
  }

  validation {
    condition     = try(var.sms_preferences.delivery_logs, null) == null ? true : contains(range(0, 101), var.sms_preferences.delivery_logs.success_sampling_rate)
    error_message = "sms_preferences.delivery_logs.success_sampling_rate is a whole percentage from 0 to 100."
  }
}
