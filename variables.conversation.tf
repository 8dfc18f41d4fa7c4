variable "fallbacks" {
  description = <<-EOT
    Who takes a call over instead of the announcement, each left out by default. When nobody can
    take it over, the caller hears the announcement after all. Queue and flow are of the line's
    instance and may be made from `instance_id`; a phone number needs `outbound_calls_enabled`.

    - `withheld` - the caller's number is withheld: `queue_arn`, `phone_number` (E.164) or `flow_arn` (a published flow of type CONTACT_FLOW, AGENT_TRANSFER or QUEUE_TRANSFER; it speaks for itself, so `handing_over` is not said, and begins with its log off).
    - `locked`   - too many wrong PINs: the same.
    - `trouble`  - something is broken: the same.
  EOT
  type = object({
    withheld = optional(object({ queue_arn = optional(string), flow_arn = optional(string), phone_number = optional(string) }))
    locked   = optional(object({ queue_arn = optional(string), flow_arn = optional(string), phone_number = optional(string) }))
    trouble  = optional(object({ queue_arn = optional(string), flow_arn = optional(string), phone_number = optional(string) }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for to in values(var.fallbacks) : to == null ? true : length([for target in values(to) : true if target != null]) == 1])
    error_message = "Each of fallbacks takes `queue_arn`, `flow_arn` or `phone_number`, one of them."
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
    condition = alltrue([
      for to in values(var.fallbacks) :
      try(to.flow_arn, null) == null ? true : can(regex("^arn:[^:]+:connect:[^:]+:[0-9]{12}:instance/[^/]+/contact-flow/[^/]+$", to.flow_arn))
    ])
    error_message = "A flow of fallbacks is the ARN of an Amazon Connect contact flow."
  }

  # What an existing instance may do is set where it is made.
  validation {
    condition     = alltrue([for to in values(var.fallbacks) : try(to.phone_number, null) == null ? true : var.outbound_calls_enabled || var.existing_instance != null])
    error_message = "A phone number of fallbacks needs outbound_calls_enabled = true: the instance dials it."
  }
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

variable "pin" {
  description = <<-EOT
    How a PIN is keyed in, `#` ends it, and how it is kept in the benefits table.

    - `min_length`          - digits below which it is not even looked up, 1 to `max_length`. Default 1.
    - `max_length`          - digits after which it counts as complete, 1 to 16. Default 8.
    - `first_key_seconds`   - seconds to wait for the first key, 1 to 180. Default 10.
    - `between_key_seconds` - seconds to wait for each further key, 1 to 20. Default 5.
    - `key_mode`            - what `pinCode` in the table is: `plain`, the digits, or `hmac`, their HMAC-SHA-256, which tells nobody the PIN. Changing it means writing all rows again. Default `plain`.
    - `pepper`              - the secret of `hmac`. The hashes in the attempts table are made with it as well, also with `plain`; without it they can be found out by trying all numbers.
      - `kms_key_arn`        - a KMS key for HMAC_256, which never leaves KMS and costs a request for each try.
      - `ssm_parameter_name` - removed, and refused.
      - `ssm_key_arn`        - removed, and refused.
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
    condition     = var.pin.key_mode == "hmac" ? var.pin.pepper.kms_key_arn != null : true
    error_message = "pin.key_mode \"hmac\" needs pin.pepper.kms_key_arn, a KMS key for HMAC_256."
  }

  # Both stay in the type: Terraform drops a member that it does not know without a word, and the line
  # would go on with hashes that have no key.
  validation {
    condition     = var.pin.pepper.ssm_parameter_name == null
    error_message = "pin.pepper.ssm_parameter_name was removed: set pin.pepper.kms_key_arn to a KMS key for HMAC_256 instead, and write the rows of a table with pin.key_mode \"hmac\" again."
  }

  validation {
    condition     = var.pin.pepper.ssm_key_arn == null
    error_message = "pin.pepper.ssm_key_arn was removed with pin.pepper.ssm_parameter_name: set pin.pepper.kms_key_arn to a KMS key for HMAC_256 instead."
  }

  # The attempts table has hashes of numbers, and the pepper keys them whatever pinCode is.
  validation {
    condition     = var.pin.key_mode == "plain" && !var.guessing.enabled ? var.pin.pepper.kms_key_arn == null : true
    error_message = "pin.pepper goes with pin.key_mode \"hmac\" or with guessing.enabled: without both nothing would use it."
  }

  # IAM looks at the key itself, so an alias would plan and then be refused at every call.
  validation {
    condition     = var.pin.pepper.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.pin.pepper.kms_key_arn))
    error_message = "pin.pepper.kms_key_arn is the ARN of a KMS key (…:key/…), not of an alias."
  }
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
