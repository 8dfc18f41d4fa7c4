# The contact flow as text. This module creates nothing: it renders the parts in flows/, one
# conversation for each language, and joins them.
#
# Rules of the parts that JSON cannot express:
# - Flow logs contain the parameters of each block. So logging is off from the comparison of the
#   caller's number until the function has judged a PIN; in between is the member's id, which often is a
#   number, too. It is off again for each further request for a PIN, and when the call is transferred to
#   another flow: that flow can read the number and the last PIN, and may switch its log on itself.
# - When a voice cannot be set, Amazon Connect speaks as Joanna, who is silent where a text is Japanese.
#   So the flow then sets a Standard voice of the language; when that fails as well, the call ends with
#   `trouble`, for which there may be a fallback.
# - The voice alone decides how a text is spoken. The contact's language is set only before a transfer,
#   since a queue or another flow may read it: Amazon Connect has been seen to refuse updates of it.
# - Another flow speaks for itself, in its own voice, so no sentence precedes it. A queue and a phone
#   number are announced.
# - A repeated question is asked by the block that listens, because the first key ends its prompt. A
#   separate prompt would swallow the keys of callers who do not wait for its end.
# - A caller who ends a PIN of `max_length` digits with # presses it when the entry is already complete,
#   and so answers the next prompt. That empty entry costs no attempt: the question that it answered is
#   asked once more. The last reason shows which question that was; before the first PIN there is no
#   reason. After silence the question is another one, and an empty entry counts as one more silence.
# - Silence, empty entries and wrong PINs are counted separately, each by a Loop, so every call ends.
# - Answers are JSON. Whether STRING_MAP accepts ids with @, dots, blanks or Japanese letters is not
#   known; JSON does.

locals {
  templates = "${path.module}/../../flows"

  # The questions, in the order of the conversation: the block that asks, its text, and the block that
  # checks the answer.
  asks = [
    { block = "Ask for PIN", text = "ask_pin", next = "What was keyed?" },
    { block = "Ask again after wrong PIN", text = "wrong_pin_again", next = "What was keyed?" },
    { block = "Ask again after short PIN", text = "short_pin_again", next = "What was keyed?" },
    { block = "Ask again after no key", text = "no_key_again", next = "What was keyed after no key?" },
  ]

  # The sentences that end a conversation, each spoken by the block `Say …`.
  sentences = [
    { text = "withheld", words = "withheld" },
    { text = "not_a_member", words = "not a member" },
    { text = "no_key", words = "no key" },
    { text = "sent", words = "sent" },
    { text = "wrong_pin", words = "wrong PIN" },
    { text = "locked", words = "locked" },
    { text = "campaign_over", words = "campaign over" },
    { text = "not_sent", words = "not sent" },
    { text = "trouble", words = "trouble" },
  ]

  # The function's reasons for sending nothing. After these reasons, the given block asks for the PIN again
  # while an attempt is left.
  ask_again = {
    CALLER_UNKNOWN = "Ask again after wrong PIN"
    NOT_A_MEMBER   = "Ask again after wrong PIN"
    PIN_INVALID    = "Ask again after wrong PIN"
    PIN_NOT_FOUND  = "Ask again after wrong PIN"
    PIN_TOO_SHORT  = "Ask again after short PIN"
  }
  # After these reasons the conversation ends with the given sentence; after any other reason, with
  # `trouble`.
  end_with = {
    ALREADY_REDEEMED     = "campaign_over"
    CAMPAIGN_DISABLED    = "campaign_over"
    CAMPAIGN_EXHAUSTED   = "campaign_over"
    CAMPAIGN_EXPIRED     = "campaign_over"
    CAMPAIGN_NOT_STARTED = "campaign_over"
    LOCKED               = "locked"
    NUMBER_NOT_ALLOWED   = "not_sent"
    SMS_LIMIT            = "not_sent"
    SMS_REFUSED          = "not_sent"
    SMS_TOO_LONG         = "not_sent"
  }

  # The shipped texts and voices, overridden by the line's own.
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
  # Many voices of other engines are Standard voices as well, so `name` is tried when no Standard voice
  # is given.
  voices = {
    for code, voice in local.chosen_voices : code => merge({ standard_name = voice.name }, voice)
  }

  # A menu is a chain of blocks, each in its own language and open for every key, so that no caller has
  # to listen to the end. A caller who presses nothing gets the first language.
  several = length(var.languages) > 1
  keys    = { for index, code in var.languages : tostring(index + 1) => code }

  fallbacks = { for text, to in var.fallbacks : text => to if to != null }

  # The block with which each ending begins: its sentence, or a hand-over in place of it.
  begin_with = { for text, to in local.fallbacks : text => to.flow_arn == null ? "Announce transfer" : "Pause log for transfer" }
  enter = {
    for code in var.languages : code => {
      for sentence in local.sentences : sentence.text => "${lookup(local.begin_with, sentence.text, "Say")} ${sentence.words} ${code}"
    }
  }

  first = "${local.several ? "Set menu voice" : "Set voice"} ${var.languages[0]}"

  parts = concat(
    [templatefile("${local.templates}/start.json.tftpl", { first = local.first })],
    [
      for index, code in var.languages : templatefile("${local.templates}/menu.json.tftpl", {
        code = code
        keys = local.keys
        # Only the last offer waits for callers who hesitate.
        offer     = replace(local.texts[code].choose_language, "{key}", tostring(index + 1))
        otherwise = try("Set menu voice ${var.languages[index + 1]}", "Set voice ${var.languages[0]}")
        seconds   = index + 1 < length(var.languages) ? 1 : 5
        voice     = local.voices[code]
      }) if local.several
    ],
    [
      for code in var.languages : templatefile("${local.templates}/line.json.tftpl", {
        ask_again    = local.ask_again
        asks         = local.asks
        code         = code
        end_with     = local.end_with
        enter        = local.enter[code]
        function_arn = var.function_arn
        pin          = var.pin
        sentences    = local.sentences
        texts        = local.texts[code]
        tries        = var.tries_per_call
        voice        = local.voices[code]
      })
    ],
    flatten([
      for code in var.languages : [
        for sentence in local.sentences : templatefile("${local.templates}/hand-over.json.tftpl", {
          code          = code
          language_code = local.voices[code].language_code
          otherwise     = "Say ${sentence.words} ${code}"
          text          = local.texts[code].handing_over
          to            = local.fallbacks[sentence.text]
          why           = sentence.words
        }) if contains(keys(local.fallbacks), sentence.text)
      ]
    ]),
  )

  actions = [for part in local.parts : jsondecode("[${part}]")]

  # Metadata by which the console shows the conditions of a block, in the form of its exports: operators
  # have the names that flow logs use, and conditions of a menu have no operator.
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
            # The same in every plan, so that a second plan is empty.
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

    # Positions of the blocks in the console: a row for each part.
    Metadata = {
      entryPointPosition = { x = 40, y = 40 }
      ActionMetadata = merge([
        for row, actions in local.actions : {
          for index, action in actions : action.Identifier => merge(
            {
              isFriendlyName = true
              position       = { x = 200 + 240 * index, y = 40 + 260 * row }
            },
            { for name, conditions in { conditionMetadata = try(local.shown_conditions[action.Identifier], []) } : name => conditions if length(conditions) > 0 },
          )
        }
      ]...)
    }
  }
}
