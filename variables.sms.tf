variable "sms" {
  description = <<-EOT
    The text message and its recipients.

    - `template`                   - text with `{url}` for the campaign's URL, for every language that `templates` lacks. Plain text: phones turn the URL into a link, and show markup literally. `{url}` needs a space, a line break or an end on both sides, because phones make adjacent letters part of the link. Default: the shipped text of the caller's language, `キャンペーンページ {url}` in Japanese.
    - `templates`                  - texts by language, for callers who heard that language. Default none.
    - `url_max_length`             - length of the URL to assume when a plan checks that a message fits into three parts, 10 to 400. The function counts each message with its real URL. Default 100.
    - `type`                       - `Promotional` (cheapest) or `Transactional` (most reliable; where a country treats them differently, also delivered to people who refuse advertising). AWS asks not to send advertising as transactional; a message that the caller has just requested by PIN may be transactional when it does not advertise. Default `Promotional`.
    - `sender_id`                  - sender name shown where the country supports it: 3 to 11 letters and digits, at least one of them a letter. Default none.
    - `origination_number`         - number of this account to send from: E.164, or a short code of 5 to 8 digits. Default: AWS chooses.
    - `max_price`                  - highest price of one part in US dollars, below 100 and with at most 5 decimals; more expensive parts are not sent. Default: no limit.
    - `backend`                    - `sns` or `end_user_messaging`; the latter needs `sender_id` or `origination_number`. Default `sns`.
    - `create_service_linked_role` - whether to create the role with which End User Messaging measures spending. An account has one: set it to true for one line only, and only when the role does not exist. Default false.
    - `country_prefixes`           - first digits of the numbers that may receive a message. Default: the calling code of the line's own number, `["+81"]` for a Japanese one. `+1` covers the United States, Canada and the Caribbean: use area codes, such as `+1212`, to narrow it.
    - `mobile_pattern`             - regular expression that such a number must match as well, from its `+` to its last digit. An empty string allows any number. Default: mobile numbers, 060, 070, 080 and 090, when `country_prefixes` contains Japan; any number of other countries.
    - `per_member_per_day`         - messages per UTC day to one number of a member, 1 to 100. A member with two numbers may receive twice as many. Default 2.
    - `url_hosts`                  - hosts that a campaign's URL may have, such as `["example.com"]`; empty allows any. Default any.
  EOT
  type = object({
    template                   = optional(string)
    templates                  = optional(map(string), {})
    url_max_length             = optional(number, 100)
    type                       = optional(string, "Promotional")
    sender_id                  = optional(string)
    origination_number         = optional(string)
    max_price                  = optional(number)
    backend                    = optional(string, "sns")
    create_service_linked_role = optional(bool, false)
    country_prefixes           = optional(list(string))
    mobile_pattern             = optional(string)
    per_member_per_day         = optional(number, 2)
    url_hosts                  = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for text in concat(var.sms.template[*], values(var.sms.templates)) :
      length(regexall("\\{url\\}", text)) == 1 && length(regexall("[{}]", text)) == 2
    ])
    error_message = join(" ", [
      for key, text in merge({ "sms.template" = var.sms.template }, { for language, text in var.sms.templates : "sms.templates.${language}" => text }) :
      "${key} must hold the placeholder {url} exactly once and no other braces, and is ${jsonencode(text)}."
      if text == null ? false : !(length(regexall("\\{url\\}", text)) == 1 && length(regexall("[{}]", text)) == 2)
    ])
  }

  # Phones make letters that follow a URL part of the link, Japanese ones too. Line ends are checked as
  # they are sent: `\r\n` becomes one, and the last one is removed.
  validation {
    condition = alltrue([
      for text in concat(var.sms.template[*], values(var.sms.templates)) :
      !strcontains(text, "{url}") || can(regex("(^|[ \\n\\x{3000}])\\{url\\}([ \\n\\x{3000}]|$)", chomp(replace(text, "\r\n", "\n"))))
    ])
    error_message = join(" ", [
      for key, text in merge({ "sms.template" = var.sms.template }, { for language, text in var.sms.templates : "sms.templates.${language}" => text }) :
      "${key} must have a blank, a line break or an end on both sides of {url}, or phones make a link of more than the URL; it is ${jsonencode(text)}."
      if text == null ? false : strcontains(text, "{url}") && !can(regex("(^|[ \\n\\x{3000}])\\{url\\}([ \\n\\x{3000}]|$)", chomp(replace(text, "\r\n", "\n"))))
    ])
  }

  # Only texts that are certainly too long are refused: three parts hold 3 x 153 characters of the GSM
  # alphabet, or 3 x 67 when any other character is in the text. The euro sign is the last character of
  # that alphabet in Unicode, so a character after it is not in it. Every character takes at least one
  # place, and some take two. The function counts exactly, part by part, and answers SMS_TOO_LONG;
  # `stack check` counts as the function does. Terraform's length() counts grapheme clusters, hence the
  # regular expression.
  validation {
    condition = alltrue([
      for text in concat(var.sms.template[*], values(var.sms.templates)) :
      length(regexall("(?s).", replace(chomp(replace(text, "\r\n", "\n")), "{url}", ""))) + var.sms.url_max_length
      <= (can(regex("[\\x{20AD}-\\x{10FFFF}]", text)) ? 3 * 67 : 3 * 153)
    ])
    error_message = "A text of sms (${join(", ", concat([for text in var.sms.template[*] : "template has ${length(text)} characters"], [for language, text in var.sms.templates : "templates.${language} has ${length(text)}"]))}) with a URL of sms.url_max_length = ${var.sms.url_max_length} characters must fit into 3 parts: 459 characters of the GSM alphabet, or 201 when any other character (all of Japanese) is in the text. Shorten it."
  }

  validation {
    condition     = contains(range(10, 401), var.sms.url_max_length)
    error_message = "sms.url_max_length must be a whole number from 10 to 400, not ${var.sms.url_max_length}."
  }

  validation {
    condition     = contains(["Promotional", "Transactional"], var.sms.type)
    error_message = "sms.type must be \"Promotional\" or \"Transactional\", not ${jsonencode(var.sms.type)}."
  }

  validation {
    condition     = var.sms.sender_id == null || can(regex("^[0-9A-Za-z]{3,11}$", var.sms.sender_id)) && can(regex("[A-Za-z]", var.sms.sender_id))
    error_message = "sms.sender_id must have 3 to 11 letters and digits, at least one of them a letter, and is ${jsonencode(var.sms.sender_id)}."
  }

  validation {
    condition     = var.sms.origination_number == null ? true : can(regex("^(\\+[1-9][0-9]{4,14}|[0-9]{5,8})$", var.sms.origination_number))
    error_message = "sms.origination_number must be E.164, such as \"+815012345678\", or a short code of 5 to 8 digits, not ${jsonencode(var.sms.origination_number)}."
  }

  validation {
    condition     = var.sms.max_price == null ? true : var.sms.max_price > 0 && can(regex("^[0-9]{1,2}(\\.[0-9]{1,5})?$", tostring(var.sms.max_price)))
    error_message = "sms.max_price must be US dollars for one part, above 0, below 100 and with at most 5 decimals, such as 0.25, not ${jsonencode(var.sms.max_price)}."
  }

  validation {
    condition     = contains(["sns", "end_user_messaging"], var.sms.backend)
    error_message = "sms.backend must be \"sns\" or \"end_user_messaging\", not ${jsonencode(var.sms.backend)}."
  }

  # The function's role names the origin of messages, so there must be one.
  validation {
    condition     = var.sms.backend != "end_user_messaging" || var.sms.sender_id != null || var.sms.origination_number != null
    error_message = "sms.backend = \"end_user_messaging\" needs something to send from: set sms.origination_number to a number of this account, or sms.sender_id where the country supports sender names."
  }

  validation {
    condition     = !var.sms.create_service_linked_role || var.sms.backend == "end_user_messaging"
    error_message = "sms.create_service_linked_role = true is for sms.backend = \"end_user_messaging\", not ${jsonencode(var.sms.backend)}: the spending of SNS is measured without a role."
  }

  validation {
    condition = var.sms.country_prefixes == null ? true : (
      length(var.sms.country_prefixes) > 0 && alltrue([for prefix in var.sms.country_prefixes : can(regex("^\\+[1-9][0-9]{0,14}$", prefix))])
    )
    error_message = "sms.country_prefixes must have at least one prefix, each with + and the country code, such as \"+81\", and is ${jsonencode(var.sms.country_prefixes)}."
  }

  validation {
    condition     = var.sms.mobile_pattern == null ? true : can(regexall(var.sms.mobile_pattern, ""))
    error_message = "sms.mobile_pattern must be a regular expression, and is ${jsonencode(var.sms.mobile_pattern)}."
  }

  # The syntax that Terraform and the function's regular expression engine interpret alike. A number
  # consists of a plus and digits, so a pattern needs nothing else.
  validation {
    condition = var.sms.mobile_pattern == null ? true : (
      can(regex("^(\\\\[+dD]|\\(\\?:|\\{[0-9]{1,2}(,[0-9]{0,2})?\\}|\\[\\^?([0-9+]|[0-9]-[0-9]|\\\\[+d])+\\]|[0-9.^$|?*+()])*$", var.sms.mobile_pattern))
      && length(regexall("\\(", var.sms.mobile_pattern)) <= 40
    )
    error_message = "sms.mobile_pattern must consist of digits, \\+, \\d, \\D, the dot, sets such as [6789] or [6-9], groups (40 at most), | and the repetitions ?, *, + and {8}, since a number has a plus and digits only; it is ${jsonencode(var.sms.mobile_pattern)}."
  }

  validation {
    condition     = contains(range(1, 101), var.sms.per_member_per_day)
    error_message = "sms.per_member_per_day must be a whole number from 1 to 100, not ${var.sms.per_member_per_day}."
  }

  validation {
    condition     = alltrue([for host in var.sms.url_hosts : can(regex("^([0-9a-z]([0-9a-z-]*[0-9a-z])?\\.)+[a-z][0-9a-z-]*[0-9a-z]$", host))])
    error_message = "Each of sms.url_hosts must be a host name in lower-case letters, such as \"example.com\", without scheme, port or path, and ${join(", ", [for host in var.sms.url_hosts : jsonencode(host) if !can(regex("^([0-9a-z]([0-9a-z-]*[0-9a-z])?\\.)+[a-z][0-9a-z-]*[0-9a-z]$", host))])} is not."
  }
}

variable "sms_preferences" {
  description = <<-EOT
    SMS settings of the whole account in this Region. There is only one set: manage it in one stack.
    Destroying that stack clears all of them. Null (the default) does not manage them. A setting of the
    account that is left out here stays as it is and appears as a change in every plan: set it to its
    current value, which `aws sns get-sms-attributes` prints.

    - `monthly_spend_limit`                   - US dollars per month after which SNS stops sending. Default: unchanged.
    - `default_sms_type`                      - type of messages that set none: `Promotional` or `Transactional`. Default: unchanged.
    - `default_sender_id`                     - sender id of messages that set none. Default: unchanged.
    - `delivery_logs`                         - creates the log groups of delivered and failed messages, and the role to write to them: `retention_in_days` (30), `success_sampling_rate` (100 % of the delivered messages; failed ones are always logged), `role_name` (`sns-sms-delivery-logs-` and the Region; read only when the role is created). The logs contain whole phone numbers. Default: none.
    - `delivery_status_iam_role_arn`          - existing role with which SNS writes delivery logs. Default: no logs.
    - `delivery_status_success_sampling_rate` - percentage of delivered messages to log. Default: unchanged.
    - `usage_report_s3_bucket`                - bucket for daily usage reports, which contain phone numbers. Default: none.
  EOT
  type = object({
    delivery_logs = optional(object({
      retention_in_days     = optional(number, 30)
      role_name             = optional(string)
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
    error_message = "sms_preferences.monthly_spend_limit must be a whole number of US dollars of 1 or more, not ${jsonencode(try(var.sms_preferences.monthly_spend_limit, null))}."
  }

  validation {
    condition     = try(var.sms_preferences.default_sms_type, null) == null ? true : contains(["Promotional", "Transactional"], var.sms_preferences.default_sms_type)
    error_message = "sms_preferences.default_sms_type must be \"Promotional\" or \"Transactional\", not ${jsonencode(try(var.sms_preferences.default_sms_type, null))}."
  }

  validation {
    condition     = try(var.sms_preferences.delivery_status_success_sampling_rate, null) == null ? true : var.sms_preferences.delivery_status_success_sampling_rate >= 0 && var.sms_preferences.delivery_status_success_sampling_rate <= 100 && floor(var.sms_preferences.delivery_status_success_sampling_rate) == var.sms_preferences.delivery_status_success_sampling_rate
    error_message = "sms_preferences.delivery_status_success_sampling_rate must be a whole percentage from 0 to 100, not ${jsonencode(try(var.sms_preferences.delivery_status_success_sampling_rate, null))}."
  }

  validation {
    condition     = try(var.sms_preferences.delivery_logs, null) == null ? true : var.sms_preferences.delivery_status_iam_role_arn == null && var.sms_preferences.delivery_status_success_sampling_rate == null
    error_message = "sms_preferences.delivery_logs creates the role and has a sampling rate of its own: leave delivery_status_iam_role_arn and delivery_status_success_sampling_rate out."
  }

  validation {
    condition     = try(var.sms_preferences.delivery_logs, null) == null ? true : contains(local.log_retention_days, var.sms_preferences.delivery_logs.retention_in_days)
    error_message = "sms_preferences.delivery_logs.retention_in_days must be one of ${join(", ", local.log_retention_days)}, not ${jsonencode(try(var.sms_preferences.delivery_logs.retention_in_days, null))}: CloudWatch Logs accepts no other."
  }

  validation {
    condition     = try(coalesce(var.sms_preferences.delivery_logs.role_name), null) == null ? true : can(regex("^[0-9A-Za-z+=,.@_-]{1,64}$", var.sms_preferences.delivery_logs.role_name))
    error_message = "sms_preferences.delivery_logs.role_name must have 1 to 64 letters, digits and any of +=,.@_-, and is ${jsonencode(try(var.sms_preferences.delivery_logs.role_name, null))}."
  }

  validation {
    condition     = try(var.sms_preferences.delivery_logs, null) == null ? true : contains(range(0, 101), var.sms_preferences.delivery_logs.success_sampling_rate)
    error_message = "sms_preferences.delivery_logs.success_sampling_rate must be a whole percentage from 0 to 100, not ${jsonencode(try(var.sms_preferences.delivery_logs.success_sampling_rate, null))}."
  }
}
