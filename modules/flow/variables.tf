variable "fallbacks" {
  description = <<-EOT
    Destinations of calls that would otherwise end with a sentence, by the name of that sentence in
    `texts`: a queue, a phone number or a flow. When the transfer fails, the caller hears the sentence.

    A flow must be a published flow of the same instance and of type CONTACT_FLOW, AGENT_TRANSFER or
    QUEUE_TRANSFER; Amazon Connect transfers to no other type, such as CUSTOMER_QUEUE. It is not
    announced by `handing_over`. It begins with its log off and may switch it on.
  EOT
  type        = map(object({ queue_arn = optional(string), flow_arn = optional(string), phone_number = optional(string) }))
  default     = {}
  nullable    = false
}

variable "function_arn" {
  description = "ARN of the function that the flow invokes."
  type        = string
  nullable    = false
}

variable "languages" {
  description = "Languages of the prompts; the first is the default. With more than one, callers choose a language by key."
  type        = list(string)
  nullable    = false
}

variable "pin" {
  description = <<-EOT
    Entry of the PIN.

    - `max_length`          - most digits of a PIN.
    - `first_key_seconds`   - seconds to wait for the first key.
    - `between_key_seconds` - seconds to wait for each further key.
  EOT
  type = object({
    max_length          = number
    first_key_seconds   = number
    between_key_seconds = number
  })
  nullable = false
}

variable "texts" {
  description = "Texts that replace shipped ones, by language and name. A null text keeps the shipped one."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "tries_per_call" {
  description = "PINs that a caller may enter in one call. Silence is counted separately, up to the same number."
  type        = number
  default     = 3
  nullable    = false
}

variable "voices" {
  description = <<-EOT
    Amazon Polly voices that replace shipped ones, by language: `name`, `engine`, the `language_code`
    that they speak, and `standard_name`, the Standard voice to use when that voice cannot be set. A
    null field keeps the shipped one.
  EOT
  type        = map(map(string))
  default     = {}
  nullable    = false
}
