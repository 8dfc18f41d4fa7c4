variable "existing_instance" {
  description = "Instance to use instead of making one. Null makes one."
  type = object({
    id = string
  })
  default = null
}

variable "flow_content" {
  description = "The contact flow, in the Flow language of Amazon Connect."
  type        = string
  nullable    = false
}

variable "flow_log" {
  description = <<-EOT
    Log group of the instance that is made here; an existing instance keeps its own.

    - `create_log_group`  - false when the group is there already. Default true.
    - `kms_key_arn`       - key that encrypts it. Default: CloudWatch's own.
    - `retention_in_days` - days that lines are kept.
  EOT
  type = object({
    create_log_group  = optional(bool, true)
    kms_key_arn       = optional(string)
    retention_in_days = number
  })
  nullable = false
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
  description = "Alias of the instance to make; read when it is made and never again. Null with `existing_instance`."
  type        = string
  default     = null
}

variable "made_after" {
  description = "Something that the instance waits for: making one takes a minute, which gives it time to be known everywhere."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the contact flow."
  type        = string
  nullable    = false
}

variable "outbound_calls_enabled" {
  description = "Whether the instance that is made may dial out, as a flow that transfers to a phone number does."
  type        = bool
  default     = false
  nullable    = false
}

variable "phone_number" {
  description = "Which number to claim, read when the number is claimed and never again; or `existing`, a number to use as it is."
  type = object({
    country_code = optional(string)
    type         = optional(string)
    prefix       = optional(string)
    description  = optional(string)
    existing = optional(object({
      id     = string
      number = optional(string)
    }))
  })
  nullable = false
}

variable "tags" {
  description = "Tags for instance, flow, number and log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
