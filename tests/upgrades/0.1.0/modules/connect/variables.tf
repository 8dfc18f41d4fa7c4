variable "flow_content" {
  description = "The contact flow, in the Flow language of Amazon Connect."
  type        = string
  nullable    = false
}

variable "flow_log_retention_in_days" {
  description = "Days that flow logs are kept."
  type        = number
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

variable "outbound_calls_enabled" {
  description = "Whether the instance may dial out, as a flow that transfers to a phone number does."
  type        = bool
  default     = false
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

variable "tags" {
  description = "Tags for instance, flow, number and log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
