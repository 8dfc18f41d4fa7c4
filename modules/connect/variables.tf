variable "existing_instance" {
  description = <<-EOT
    Existing instance to use. Null creates one.

    - `id` - its id, the last part of its ARN. May be known after apply only.
  EOT
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
    Log group of the instance created here; an existing instance keeps its own.

    - `create_log_group`  - false uses an existing log group. Default true.
    - `kms_key_arn`       - customer managed key that encrypts it. Default: CloudWatch's own.
    - `retention_in_days` - days that log lines are kept.
  EOT
  type = object({
    create_log_group  = optional(bool, true)
    kms_key_arn       = optional(string)
    retention_in_days = number
  })
  nullable = false
}

variable "function_arn" {
  description = "ARN of the function that the flow invokes."
  type        = string
  nullable    = false
}

variable "function_name" {
  description = "Name of that function, for the permission to invoke it."
  type        = string
  nullable    = false
}

variable "instance_alias" {
  description = "Alias of the instance created here; read only when the instance is created. Null with `existing_instance`."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the contact flow."
  type        = string
  nullable    = false
}

variable "outbound_calls_enabled" {
  description = "Whether the instance created here can place outbound calls. A flow that transfers to a phone number needs it."
  type        = bool
  default     = false
  nullable    = false
}

variable "phone_number" {
  description = <<-EOT
    The phone number to claim, or an existing one.

    - `country_code` - ISO code of the country. Read, as the next three are, only when the number is claimed.
    - `type`         - type of number that Amazon Connect offers there, such as `DID`.
    - `prefix`       - first digits of the number, including `+` and country code. Default: any.
    - `description`  - description of the number. Default none.
    - `existing`     - number of this account to use: its `id` and, for the outputs, the `number` in E.164. Default none.
  EOT
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
  description = "Tags for the instance, the flow, the phone number and the log group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "wait_for" {
  description = "Value of a resource that the instance is created after. Creating an instance takes about a minute, by which time a new role has reached all of AWS."
  type        = string
  default     = null
}
