variable "fallbacks" {
  description = <<-EOT
    Destinations of calls that would otherwise end with a sentence; by default no call is transferred.
    When the transfer fails, the caller hears the sentence. Queue and flow must belong to the line's
    instance and may be created from `instance_id`. A phone number needs `outbound_calls_enabled`; a
    Japanese mobile number (+8160, +8170, +8180, +8190) also needs a quota increase, because a new
    instance cannot call it.

    - `withheld` - the caller's number is withheld. One of `queue_arn` (with `for_each`, do not create the queue from a line's own `instance_id`, which would be a cycle: see the example two-lines), `phone_number` (E.164) and `flow_arn` (a published flow of type CONTACT_FLOW, AGENT_TRANSFER or QUEUE_TRANSFER; it is not announced by `handing_over`, and it begins with its log off).
    - `locked`   - too many wrong PINs. The same fields.
    - `trouble`  - an error of the line. The same fields.
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
    error_message = "Each of fallbacks must have exactly one of `queue_arn`, `flow_arn` and `phone_number`, and ${join(", ", [for why, to in var.fallbacks : "fallbacks.${why} is ${jsonencode({ for name, target in to : name => target if target != null })}" if to == null ? false : length([for target in values(to) : true if target != null]) != 1])}."
  }

  validation {
    condition = alltrue([
      for to in values(var.fallbacks) :
      try(to.phone_number, null) == null ? true : can(regex("^\\+[1-9][0-9]{1,14}$", to.phone_number))
    ])
    error_message = "A phone number of fallbacks must be E.164, such as \"+81312345678\", and ${join(", ", [for why, to in var.fallbacks : "fallbacks.${why}.phone_number is ${jsonencode(to.phone_number)}" if try(to.phone_number, null) == null ? false : !can(regex("^\\+[1-9][0-9]{1,14}$", to.phone_number))])}."
  }

  validation {
    condition = alltrue([
      for to in values(var.fallbacks) :
      try(to.queue_arn, null) == null ? true : can(regex("^arn:[^:]+:connect:[^:]+:[0-9]{12}:instance/[^/]+/queue/[^/]+$", to.queue_arn))
    ])
    error_message = "A queue of fallbacks must be the ARN of an Amazon Connect queue, and ${join(", ", [for why, to in var.fallbacks : "fallbacks.${why}.queue_arn is ${jsonencode(to.queue_arn)}" if try(to.queue_arn, null) == null ? false : !can(regex("^arn:[^:]+:connect:[^:]+:[0-9]{12}:instance/[^/]+/queue/[^/]+$", to.queue_arn))])}."
  }

  validation {
    condition = alltrue([
      for to in values(var.fallbacks) :
      try(to.flow_arn, null) == null ? true : can(regex("^arn:[^:]+:connect:[^:]+:[0-9]{12}:instance/[^/]+/contact-flow/[^/]+$", to.flow_arn))
    ])
    error_message = "A flow of fallbacks must be the ARN of an Amazon Connect contact flow, and ${join(", ", [for why, to in var.fallbacks : "fallbacks.${why}.flow_arn is ${jsonencode(to.flow_arn)}" if try(to.flow_arn, null) == null ? false : !can(regex("^arn:[^:]+:connect:[^:]+:[0-9]{12}:instance/[^/]+/contact-flow/[^/]+$", to.flow_arn))])}."
  }

  # An existing instance has its own setting for outbound calls, which the module does not know.
  validation {
    condition     = alltrue([for to in values(var.fallbacks) : try(to.phone_number, null) == null ? true : var.outbound_calls_enabled || var.existing_instance != null])
    error_message = "A phone number of fallbacks (${join(", ", [for why, to in var.fallbacks : "${why} has ${jsonencode(to.phone_number)}" if try(to.phone_number, null) != null])}) needs outbound_calls_enabled = true: the instance dials it."
  }
}

variable "guessing" {
  description = <<-EOT
    Protection against guessed PINs. Windows follow the clock (UTC hour, UTC day), so every lockout
    expires.

    - `enabled`                        - whether to create the attempts table, in which wrong PINs are counted and messages are recorded. Without it a message may be sent twice when Amazon Connect retries, and `sms.per_member_per_day` has no effect. Default true.
    - `tries_per_call`                 - PINs that a caller may enter in one call, 1 to 10. Default 3.
    - `wrong_pins_per_caller_per_hour` - wrong PINs of one number per hour, 1 to 100. Default 5.
    - `wrong_pins_per_caller_per_day`  - wrong PINs of one number per day, at least as many as per hour. Default 10.
    - `wrong_pins_per_hour`            - wrong PINs of all members together per hour, after which every caller is locked out; limits guessing from changing numbers. Each valid PIN adds a quarter of another, up to four times this limit. Default 300.
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
    error_message = "guessing.tries_per_call must be a whole number from 1 to 10, not ${var.guessing.tries_per_call}."
  }

  validation {
    condition     = contains(range(1, 101), var.guessing.wrong_pins_per_caller_per_hour) && contains(range(1, 101), var.guessing.wrong_pins_per_caller_per_day)
    error_message = "guessing.wrong_pins_per_caller_per_hour and guessing.wrong_pins_per_caller_per_day must be whole numbers from 1 to 100, not ${var.guessing.wrong_pins_per_caller_per_hour} and ${var.guessing.wrong_pins_per_caller_per_day}."
  }

  validation {
    condition     = var.guessing.wrong_pins_per_caller_per_hour <= var.guessing.wrong_pins_per_caller_per_day
    error_message = "guessing.wrong_pins_per_caller_per_day, ${var.guessing.wrong_pins_per_caller_per_day}, must be at least guessing.wrong_pins_per_caller_per_hour, ${var.guessing.wrong_pins_per_caller_per_hour}."
  }

  validation {
    condition     = var.guessing.wrong_pins_per_hour >= 1 && var.guessing.wrong_pins_per_hour <= 1000000 && floor(var.guessing.wrong_pins_per_hour) == var.guessing.wrong_pins_per_hour
    error_message = "guessing.wrong_pins_per_hour must be a whole number from 1 to 1000000, not ${var.guessing.wrong_pins_per_hour}."
  }
}

variable "languages" {
  description = <<-EOT
    Languages of the prompts; the first is the default. With more than one, callers choose a language by
    key at the start of the call. Shipped are `ja` and `en`; every other language needs all of `texts`
    and `voices`.
  EOT
  type        = list(string)
  default     = ["ja"]
  nullable    = false

  # Five languages with every fallback come near the 250 blocks that a flow may have.
  validation {
    condition     = length(var.languages) >= 1 && length(var.languages) <= 5 && length(distinct(var.languages)) == length(var.languages)
    error_message = "languages must have 1 to 5 languages, each once, and is ${jsonencode(var.languages)}."
  }

  validation {
    condition     = alltrue([for code in var.languages : can(regex("^[a-z]{2,3}(-[0-9A-Za-z]{2,8})?$", code))])
    error_message = "Each of languages must be a code such as \"ja\", \"en\" or \"pt-BR\", and languages is ${jsonencode(var.languages)}."
  }

  validation {
    condition = alltrue([
      for code in var.languages :
      contains(keys(local.shipped), code) || contains(keys(var.texts), code) && contains(keys(var.voices), code)
    ])
    error_message = join(" ", [
      for code in var.languages :
      "languages has \"${code}\": shipped are ${join(" and ", keys(local.shipped))}, and any other language needs every field of its `texts` and `voices`."
      if !contains(keys(local.shipped), code) && !(contains(keys(var.texts), code) && contains(keys(var.voices), code))
    ])
  }

  # Lines may share one map, so it may have a language of another line.
  validation {
    condition = alltrue([
      for code in keys(var.sms.templates) :
      contains(concat(var.languages, keys(local.shipped), keys(var.texts)), code)
    ])
    error_message = join(" ", [
      for code in keys(var.sms.templates) :
      "sms.templates has \"${code}\", a language that is not in languages, not shipped and without texts: no caller would ever read it."
      if !contains(concat(var.languages, keys(local.shipped), keys(var.texts)), code)
    ])
  }

  validation {
    condition     = alltrue([for code in var.languages : var.sms.template != null || contains(keys(var.sms.templates), code) || try(local.shipped_sms[code], null) != null])
    error_message = "The message has no text in ${join(", ", [for code in var.languages : code if !(var.sms.template != null || contains(keys(var.sms.templates), code) || try(local.shipped_sms[code], null) != null)])}: set sms.templates.<language>, or sms.template for all languages."
  }
}

variable "pin" {
  description = <<-EOT
    Entry of the PIN, which `#` ends, and its format in the table of campaigns.

    - `min_length`          - fewest digits; a shorter PIN is not looked up, 1 to `max_length`. Default 1.
    - `max_length`          - most digits, after which the entry is complete, 1 to 16. Default 8.
    - `first_key_seconds`   - seconds to wait for the first key, 1 to 180. Default 10.
    - `between_key_seconds` - seconds to wait for each further key, 1 to 20. Default 5.
    - `key_mode`            - format of `pinCode` in the table: `plain`, the digits, or `hmac`, their HMAC-SHA-256, which does not reveal the PIN. To change it, write all rows again. Default `plain`.
    - `pepper`              - the secret of `hmac`. With it the hashes in the attempts table are keyed too, also when `key_mode` is `plain`; without it they can be reversed by trying all numbers.
      - `kms_key_arn`        - KMS key for HMAC_256. The key never leaves KMS; each attempt costs a request.
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
    error_message = "pin.max_length must be a whole number from 1 to 16, not ${var.pin.max_length}."
  }

  validation {
    condition     = contains(range(1, 17), var.pin.min_length) && var.pin.min_length <= var.pin.max_length
    error_message = "pin.min_length must be a whole number from 1 to pin.max_length, ${var.pin.max_length}, not ${var.pin.min_length}."
  }

  validation {
    condition     = contains(range(1, 181), var.pin.first_key_seconds)
    error_message = "pin.first_key_seconds must be a whole number of seconds from 1 to 180, not ${var.pin.first_key_seconds}."
  }

  validation {
    condition     = contains(range(1, 21), var.pin.between_key_seconds)
    error_message = "pin.between_key_seconds must be a whole number of seconds from 1 to 20, not ${var.pin.between_key_seconds}."
  }

  validation {
    condition     = contains(["plain", "hmac"], var.pin.key_mode)
    error_message = "pin.key_mode must be \"plain\" or \"hmac\", not ${jsonencode(var.pin.key_mode)}."
  }

  validation {
    condition     = var.pin.key_mode == "hmac" ? var.pin.pepper.kms_key_arn != null : true
    error_message = "pin.key_mode \"hmac\" needs pin.pepper.kms_key_arn, a KMS key for HMAC_256."
  }

  # Both stay in the type: Terraform silently drops fields that a type does not have, and the line would
  # go on with hashes that have no key.
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
    error_message = "pin.pepper needs pin.key_mode \"hmac\" or guessing.enabled: without either, nothing would use it."
  }

  # IAM looks at the key itself, so an alias would plan and then be refused at every call.
  validation {
    condition     = var.pin.pepper.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.pin.pepper.kms_key_arn))
    error_message = "pin.pepper.kms_key_arn must be the ARN of a KMS key (…:key/…), not of an alias, and is ${jsonencode(var.pin.pepper.kms_key_arn)}."
  }
}

variable "texts" {
  description = <<-EOT
    Texts that callers hear, by language; a key that is left out or null keeps the shipped text. A
    language that is not shipped needs every key. Languages that are not in `languages` are allowed, so
    that several lines can share one map. A text has 1 to 3000 characters and is spoken as it is,
    without SSML.

    - `choose_language` - offers the language; `{key}` stands for the key to press. Only spoken when there are several languages.
    - `withheld`        - the caller's number is withheld.
    - `not_a_member`    - the caller's number is not in the table of members.
    - `ask_pin`         - asks for the PIN.
    - `wrong_pin_again` - no campaign has that PIN; asks again.
    - `short_pin_again` - the PIN has fewer digits than `pin.min_length`; asks again.
    - `no_key_again`    - no key was pressed in time; asks again.
    - `wrong_pin`       - no campaign has that PIN, and no attempt is left.
    - `no_key`          - no key was pressed in time, and no attempt is left.
    - `locked`          - too many wrong PINs of this caller, or of all callers.
    - `campaign_over`   - the campaign is disabled, has not started, has ended or is used up.
    - `not_sent`        - the PIN is valid, but no message may go to this number, or sending it failed.
    - `sent`            - the message is on its way.
    - `trouble`         - an error of the line.
    - `handing_over`    - the call is transferred to a queue or phone number of `fallbacks`.
  EOT
  type        = map(map(string))
  default     = {}
  nullable    = false

  # An object would silently drop an unknown key, and the shipped text would be spoken.
  validation {
    condition = alltrue(flatten([
      for texts in values(var.texts) : [for name in try(keys(texts), []) : contains(keys(local.shipped.ja.texts), name)]
    ]))
    error_message = join(" ", concat(flatten([
      for code, texts in var.texts : [
        for name in try(keys(texts), []) : "texts.${code} has \"${name}\", which is not a text."
        if !contains(keys(local.shipped.ja.texts), name)
      ]
      ]), [
      "The keys are: ${join(", ", keys(local.shipped.ja.texts))}.",
    ]))
  }

  validation {
    condition = alltrue([
      for code, texts in var.texts : contains(keys(local.shipped), code) ? true : alltrue([
        for name in keys(local.shipped.ja.texts) : try(texts[name] != null, false)
      ])
    ])
    error_message = join(" ", [
      for code, texts in var.texts : format(
        "texts.%s lacks %s: shipped are %s, and any other language needs every text.",
        code,
        join(", ", [for name in keys(local.shipped.ja.texts) : name if !try(texts[name] != null, false)]),
        join(" and ", keys(local.shipped)),
      )
      if !contains(keys(local.shipped), code) && !alltrue([for name in keys(local.shipped.ja.texts) : try(texts[name] != null, false)])
    ])
  }

  validation {
    condition = alltrue(flatten([
      for texts in values(var.texts) : [
        for text in try(values(texts), []) : text == null ? true : length(trimspace(text)) > 0 && length(text) <= 3000
      ]
    ]))
    error_message = join(" ", flatten([
      for code, texts in var.texts : [
        for name, text in try(merge(texts, {}), {}) : "texts.${code}.${name} must hold 1 to 3000 characters and not only blanks, and has ${length(text)}: Amazon Connect refuses empty prompts and longer ones."
        if text == null ? false : length(trimspace(text)) == 0 || length(text) > 3000
      ]
    ]))
  }

  validation {
    condition = alltrue([for texts in values(var.texts) : try(strcontains(texts.choose_language, "{key}"), true)])
    error_message = join(" ", [
      for code, texts in var.texts : "texts.${code}.choose_language must hold the placeholder {key}: callers have to hear which key to press."
      if !try(strcontains(texts.choose_language, "{key}"), true)
    ])
  }

  # A flow's `Text` is plain text: whether Amazon Connect would interpret markup in it is not documented.
  validation {
    condition = alltrue(flatten([
      for texts in values(var.texts) : [
        for text in try(values(texts), []) : text == null ? true : !can(regex("(?i)<\\s*/?\\s*speak\\b", text))
      ]
    ]))
    error_message = join(" ", concat(flatten([
      for code, texts in var.texts : [
        for name, text in try(merge(texts, {}), {}) : "texts.${code}.${name} has <speak>."
        if text == null ? false : can(regex("(?i)<\\s*/?\\s*speak\\b", text))
      ]
      ]), [
      "Texts are spoken as they are, without SSML: write what callers hear.",
    ]))
  }
}

variable "unknown_caller" {
  description = <<-EOT
    Answer to a caller whose number is not in the table of members. `announce` says so at once; `uniform`
    asks for a PIN and rejects it as wrong, so that a caller cannot find out whether a number is a
    member's.
  EOT
  type        = string
  default     = "announce"
  nullable    = false

  validation {
    condition     = contains(["announce", "uniform"], var.unknown_caller)
    error_message = "unknown_caller must be \"announce\" or \"uniform\", not ${jsonencode(var.unknown_caller)}."
  }
}

variable "voices" {
  description = <<-EOT
    Amazon Polly voices of the prompts, by language; a key that is left out or null keeps the shipped
    one. A language that is not shipped needs `name`, `engine` and `language_code`. Languages that are not
    in `languages` are allowed, so that several lines can share one map.

    - `name`          - name of the voice, such as `Kazuha`, `Tomoko`, `Takumi` or `Mizuki` for Japanese.
    - `engine`        - `Standard`, `Neural` or another engine that has the voice.
    - `language_code` - code such as `ja-JP`, for queues and flows that calls are transferred to.
    - `standard_name` - a Standard voice of the language, used when `name` cannot be set. Shipped: `Mizuki` and `Joanna`; other languages use `name` by default.
  EOT
  type        = map(map(string))
  default     = {}
  nullable    = false

  validation {
    condition = alltrue(flatten([
      for voice in values(var.voices) : [for name in try(keys(voice), []) : contains(keys(local.shipped.ja.voice), name)]
    ]))
    error_message = join(" ", concat(flatten([
      for code, voice in var.voices : [
        for name in try(keys(voice), []) : "voices.${code} has \"${name}\", which is not a field of a voice."
        if !contains(keys(local.shipped.ja.voice), name)
      ]
      ]), [
      "The keys are: ${join(", ", keys(local.shipped.ja.voice))}.",
    ]))
  }

  validation {
    condition = alltrue([
      for code, voice in var.voices : contains(keys(local.shipped), code) ? true : alltrue([
        for name in ["name", "engine", "language_code"] : try(voice[name] != null, false)
      ])
    ])
    error_message = join(" ", [
      for code, voice in var.voices : format(
        "voices.%s lacks %s: shipped are %s, and any other language needs name, engine and language_code.",
        code,
        join(", ", [for name in ["name", "engine", "language_code"] : name if !try(voice[name] != null, false)]),
        join(" and ", keys(local.shipped)),
      )
      if !contains(keys(local.shipped), code) && !alltrue([for name in ["name", "engine", "language_code"] : try(voice[name] != null, false)])
    ])
  }

  # Amazon Connect refuses a flow with an empty parameter.
  validation {
    condition = alltrue(flatten([
      for voice in values(var.voices) : [for value in try(values(voice), []) : value == null ? true : length(trimspace(value)) > 0]
    ]))
    error_message = join(" ", flatten([
      for code, voice in var.voices : [
        for name, value in try(merge(voice, {}), {}) : "voices.${code}.${name} must not be empty; null keeps the shipped one."
        if value == null ? false : length(trimspace(value)) == 0
      ]
    ]))
  }
}
