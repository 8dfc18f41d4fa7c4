variable "flow_log_retention_in_days" {
  description = "Days that flow logs are kept."
  type        = number
  nullable    = false
}

variable "flow_template_path" {
  description = "Template of the contact flow; it is given `function_arn`, `pin`, `texts` and `voice`."
  type        = string
  nullable    = false
}

variable "function_arn" {
  description = "Function that the flow invokes."
  type        = string
  nullable    = false
}

variable "function_name" {
  description = "Name of that function, for its permission."
  type        = string
  nullable    = false
}

variable "instance_alias" {
  description = "Alias of the instance. Changing it replaces the instance."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the contact flow."
  type        = string
  nullable    = false
}

variable "phone_number" {
  description = "Which number to claim. Read when the number is claimed, and never again."
  type = object({
    country_code = string
    type         = string
    prefix       = optional(string)
    description  = optional(string)
  })
  nullable = false
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

variable "tags" {
  description = "Tags for instance, flow, number and log group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "texts" {
  description = "What callers hear."
  type = object({
    not_a_member = string
    ask_pin      = string
    no_key       = string
    wrong_pin    = string
    sent         = string
    not_sent     = string
    trouble      = string
  })
  nullable = false
}

variable "voice" {
  description = "Amazon Polly voice and engine, and the language they speak."
  type = object({
    name          = string
    engine        = string
    language_code = string
  })
  nullable = false
}
