variable "function_arn" {
  description = "Function that the flow invokes."
  type        = string
  nullable    = false
}

variable "languages" {
  description = "Languages of the prompts, the default first. With more than one, callers choose by key."
  type        = list(string)
  nullable    = false
}

variable "pin" {
  description = "How a PIN is keyed in: digits at most, seconds for the first and between the other keys."
  type = object({
    max_length          = number
    first_key_seconds   = number
    between_key_seconds = number
  })
  nullable = false
}

variable "fallbacks" {
  description = <<-EOT
    Who takes a call over instead of the sentence of that outcome, which callers hear when nobody can:
    a queue, a phone number or a flow, one of them each.

    A flow is a published one of the same instance and of type CONTACT_FLOW, AGENT_TRANSFER or
    QUEUE_TRANSFER; Amazon Connect transfers to no other, such as CUSTOMER_QUEUE. It speaks for
    itself: `handing_over` is not said before it. It begins with its log off and may switch it on.
  EOT
  type = object({
    withheld = optional(object({ queue_arn = optional(string), phone_number = optional(string), flow_arn = optional(string) }))
    locked   = optional(object({ queue_arn = optional(string), phone_number = optional(string), flow_arn = optional(string) }))
    trouble  = optional(object({ queue_arn = optional(string), phone_number = optional(string), flow_arn = optional(string) }))
  })
  default  = {}
  nullable = false
}

variable "texts" {
  description = "What callers hear, by language and name, where it differs from the shipped texts. Null is the shipped one."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "tries_per_call" {
  description = "How often a caller may key a PIN in one call; silence is counted apart, up to the same number."
  type        = number
  default     = 3
  nullable    = false
}

variable "voices" {
  description = <<-EOT
    Amazon Polly's voices by language, where they differ from the shipped ones: `name`, `engine`, the
    `language_code` that they speak, and `standard_name`, a Standard voice for when that one cannot be
    set. Null is the shipped one.
  EOT
  type        = map(map(string))
  default     = {}
  nullable    = false
}
