# The contact flow as text. Nothing is made here: the parts in flows/ are rendered, once for each
# language, and put together.
#
# What the parts take care of, and JSON cannot say:
# - Flow logs show what a block was given. So they are off from the comparison of the caller's number
#   until the function has judged a PIN, with the member's id in between, which often is a number, too;
#   and again from each further request for a PIN. They are off when another flow takes the call over:
#   it can read the number and the last PIN, and what it does with them is not known here. It may
#   switch its log on itself.
# - A voice that cannot be set leaves Joanna to speak, who is silent where a text is Japanese. So a
#   Standard voice of the language follows; where that fails as well, there is trouble, which a
#   fallback may take over.
# - The voice alone decides how a text is spoken. The contact's language is set where a queue or
#   another flow may read it, in front of a hand-over: updates of it were seen refused.
# - Another flow speaks for itself, in its own voice, so nothing is said before it. A queue and a
#   telephone are announced.
# - What is asked again is asked by the block that listens, whose prompt the first key ends. A
#   prompt of its own would swallow the keys of those who know what comes.
# - A caller who ends a PIN of `max_length` digits with # presses it when the entry is over already,
#   and into the next prompt. That empty entry costs no try: the question that it answered is asked
#   once more. The last reason says which one that was, and before the first PIN there is none. After
#   silence a question of its own was asked, and an empty entry is one more silence.
# - Silence, empty entries and wrong PINs are counted apart, by a Loop each, so no call is endless.
# - Answers are JSON. Of STRING_MAP it is not known whether it takes ids with @, dots, blanks or
#   Japanese letters, which JSON does.

locals {
  templates = "${path.module}/../../flows"

  # What is shipped, and the caller's own words on top of it.
  shipped = {
    for code in var.languages : code => try(
      jsondecode(file("${local.templates}/texts/${code}.json")),
      { texts = {}, voice = {} },
    )
  }
  texts = {
    for code in var.languages : code => merge(
      local.shipped[code].texts,
      try({ for name, text in var.texts[code] : name => text if text != null }, {}),
    )
  }
  chosen_voices = {
    for code in var.languages : code => merge(
      local.shipped[code].voice,
      try({ for name, value in var.voices[code] : name => value if value != null }, {}),
    )
  }
  # Many a voice of another engine is a Standard one as well, so that is tried where none is named.
  voices = {
    for code, voice in local.chosen_voices : code => merge({ standard_name = voice.name }, voice)
  }

  # A menu is a chain of blocks, each in its own language and open for every key, so that nobody
  # has to listen to the end. Who presses nothing gets the first language.
  several = length(var.languages) > 1
  keys    = { for index, code in var.languages : tostring(index + 1) => code }

  fallbacks = { for why, to in var.fallbacks : why => to if to != null }

  # After which reasons of the function a PIN is asked for again, and by which block.
  ask_again = {
    CALLER_UNKNOWN = "Ask again after wrong PIN"
    NOT_A_MEMBER   = "Ask again after wrong PIN"
    PIN_INVALID    = "Ask again after wrong PIN"
    PIN_NOT_FOUND  = "Ask again after wrong PIN"
    PIN_TOO_SHORT  = "Ask again after short PIN"
  }

  # Where a conversation enters each of the outcomes that may have a fallback.
  hand_over = {
    for why, to in local.fallbacks :
    why => to.flow_arn == null ? "Announce transfer" : "Pause log for transfer"
  }
  enter = {
    for code in var.languages : code => {
      for why in ["withheld", "locked", "trouble"] : why => "${lookup(local.hand_over, why, "Say")} ${why} ${code}"
    }
  }

  first = "${local.several ? "Set menu voice" : "Set voice"} ${var.languages[0]}"

  parts = concat(
    [templatefile("${local.templates}/start.json.tftpl", { first = local.first })],
    [
      for index, code in var.languages : templatefile("${local.templates}/menu.json.tftpl", {
        code = code
        keys = local.keys
        # Only the last one waits for those who make up their minds.
        offer     = replace(local.texts[code].choose_language, "{key}", tostring(index + 1))
        otherwise = try("Set menu voice ${var.languages[index + 1]}", "Set voice ${var.languages[0]}")
        seconds   = index + 1 < length(var.languages) ? 1 : 5
        voice     = local.voices[code]
      }) if local.several
    ],
    [
      for code in var.languages : templatefile("${local.templates}/line.json.tftpl", {
        ask_again    = local.ask_again
        code         = code
        enter        = local.enter[code]
        function_arn = var.function_arn
        pin          = var.pin
        texts        = local.texts[code]
        tries        = var.tries_per_call
        voice        = local.voices[code]
      })
    ],
    flatten([
      for code in var.languages : [
        for why, to in local.fallbacks : templatefile("${local.templates}/hand-over.json.tftpl", {
          code          = code
          language_code = local.voices[code].language_code
          otherwise     = "Say ${why} ${code}"
          text          = local.texts[code].handing_over
          to            = to
          why           = why
        })
      ]
    ]),
  )

  actions = [for part in local.parts : jsondecode("[${part}]")]

  # What the console keeps beside the conditions of a block to show them, as its exports have it: the
  # operators go by the names that flow logs have, and those of a menu have none.
  operators = {
    Equals                 = { name = "Equals", value = "Equals", shortDisplay = "=" }
    NumberGreaterOrEqualTo = { name = "Is greater or equal", value = "GreaterThanOrEqualTo", shortDisplay = ">=" }
    TextStartsWith         = { name = "Starts with", value = "StartsWith", shortDisplay = "starts with" }
  }
  shown_conditions = merge([
    for actions in local.actions : {
      for action in actions : action.Identifier => [
        for condition in action.Transitions.Conditions : merge(
          {
            # Always the same, so that a second plan is empty.
            id    = uuidv5("oid", "${action.Identifier}: ${condition.Condition.Operator} ${condition.Condition.Operands[0]}")
            value = condition.Condition.Operands[0]
          },
          { for name, operator in { operator = local.operators[condition.Condition.Operator] } : name => operator if action.Type == "Compare" },
        )
      ] if contains(["Compare", "GetParticipantInput"], action.Type)
    }
  ]...)

  flow = {
    Version     = "2019-10-30"
    StartAction = "Start flow log"
    Actions     = concat(local.actions...)

    # Where the blocks lie in the console: a band for each part.
    Metadata = {
      entryPointPosition = { x = 40, y = 40 }
      ActionMetadata = merge([
        for band, actions in local.actions : {
          for index, action in actions : action.Identifier => merge(
            {
              isFriendlyName = true
              position       = { x = 200 + 240 * index, y = 40 + 260 * band }
            },
            { for name, conditions in { conditionMetadata = try(local.shown_conditions[action.Identifier], []) } : name => conditions if length(conditions) > 0 },
          )
        }
      ]...)
    }
  }
}
