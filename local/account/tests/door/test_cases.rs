//! Test cases of Amazon Connect, by the client that AWS publishes.

use crate::DoorWorld;
use crate::clients::{client, output_of};

/// All eleven operations. Every wait asks for the summary again, as clients of the service do.
const OPERATIONS: &str = r#"
import hashlib, json, time, boto3
from datetime import datetime, timezone

connect = boto3.client('connect')
instance = connect.create_instance(IdentityManagementType='CONNECT_MANAGED', InstanceAlias='tested',
    InboundCallsEnabled=True, OutboundCallsEnabled=False)
I, arn = instance['Id'], instance['Arn']

flow = connect.create_contact_flow(InstanceId=I, Name='line', Type='CONTACT_FLOW', Content=json.dumps({
    'Version': '2019-10-30', 'StartAction': 'ask', 'Metadata': {}, 'Actions': [
        {'Identifier': 'ask', 'Type': 'GetParticipantInput', 'Parameters': {
            'Text': '暗証番号を押して下さい', 'StoreInput': 'True', 'InputTimeLimitSeconds': '5',
            'InputValidation': {'CustomValidation': {'MaximumLength': '8'}},
            'DTMFConfiguration': {'InputTerminationSequence': '#'}},
         'Transitions': {'NextAction': 'keep', 'Errors': [
             {'NextAction': 'bye', 'ErrorType': 'NoMatchingError'}]}},
        {'Identifier': 'keep', 'Type': 'UpdateContactAttributes', 'Parameters': {
            'Attributes': {'pin': '$.StoredCustomerInput'}, 'TargetContact': 'Current'},
         'Transitions': {'NextAction': 'say', 'Errors': [
             {'NextAction': 'say', 'ErrorType': 'NoMatchingError'}]}},
        {'Identifier': 'say', 'Type': 'MessageParticipant', 'Parameters': {'Text': '送りました'},
         'Transitions': {'NextAction': 'bye', 'Errors': [
             {'NextAction': 'bye', 'ErrorType': 'NoMatchingError'}]}},
        {'Identifier': 'bye', 'Type': 'DisconnectParticipant', 'Parameters': {}, 'Transitions': {}}]}))
entry = {'Type': 'VOICE_CALL', 'VoiceCallEntryPointParameters': {
    'FlowId': flow['ContactFlowId'], 'SourcePhoneNumber': '+819012345678'}}

def hears(text):
    return {'Type': 'MessageReceived', 'Actor': 'System', 'Properties': {
        'Text': text, 'MatchingCriteria': {'Type': 'Inclusion'}}}

def content(pin):
    def observation(name, event, actions, following):
        return {'Identifier': name, 'Event': event, 'Actions': actions,
                'Transitions': {'NextObservations': following}}
    return json.dumps({'Version': '2019-10-30', 'Metadata': {}, 'Observations': [
        observation('start', {'Type': 'TestInitiated', 'Actor': 'System', 'Properties': {}}, [], ['ask']),
        observation('ask', hears('暗証番号'), [{'Identifier': 'press', 'Type': 'SendInstruction',
            'Parameters': {'ActionType': 'SendInstruction', 'Actor': 'Customer',
                'Instruction': {'Type': 'DtmfInput', 'Properties': {'Value': '0042#'}}}}], ['sent']),
        observation('sent', hears('送りました'), [
            {'Identifier': 'check', 'Type': 'Assert', 'Parameters': {
                'Namespace': '$.Attributes.pin', 'Operator': 'Equals', 'Operand': pin},
             'Transitions': {'NextAction': 'end'}},
            {'Identifier': 'end', 'Type': 'TestControl', 'Parameters': {
                'ActionType': 'TestControl', 'Command': {'Type': 'EndTest'}}}], [])]})

# CreateTestCase, with its refusals.
created = connect.create_test_case(InstanceId=arn, Name='pin', Content=content('0042'), EntryPoint=entry,
    Description='d', Tags={'team': 'a'}, Status='PUBLISHED')
T = created['TestCaseId']
assert created['TestCaseArn'] == f'{arn}/test-case/{T}', created
try:
    connect.create_test_case(InstanceId=I, Name='bad', Content='{}', EntryPoint=entry)
    raise AssertionError('content must be checked')
except connect.exceptions.InvalidTestCaseException as refused:
    assert 'Invalid test case content' in refused.response['Problems'][0]['message'], refused.response
try:
    connect.create_test_case(InstanceId=I, Name='pin', Content=content('0042'), EntryPoint=entry)
    raise AssertionError('names must be unique')
except connect.exceptions.DuplicateResourceException:
    pass

# DescribeTestCase.
described = connect.describe_test_case(InstanceId=I, TestCaseId=T)['TestCase']
assert described['Status'] == 'PUBLISHED' and described['EntryPoint'] == entry, described
assert described['TestCaseSha256'] == hashlib.sha256(content('0042').encode()).hexdigest()
assert described['LastModifiedTime'].year == datetime.now(timezone.utc).year
assert described['Tags'] == {'team': 'a'}

# ListTestCases and SearchTestCases.
summaries = connect.list_test_cases(InstanceId=I)['TestCaseSummaryList']
assert [case['Name'] for case in summaries] == ['pin'], summaries
connect.tag_resource(resourceArn=created['TestCaseArn'], tags={'team': 'b'})
found = connect.search_test_cases(InstanceId=I, SearchCriteria={'AndConditions': [
    {'StringCondition': {'FieldName': 'name', 'Value': 'pi', 'ComparisonType': 'STARTS_WITH'}},
    {'StatusCondition': 'PUBLISHED'}]},
    SearchFilter={'TagFilter': {'TagCondition': {'TagKey': 'team', 'TagValue': 'b'}}})
assert found['ApproximateTotalCount'] == 1 and found['TestCases'][0]['Content'] == content('0042'), found

# StartTestCaseExecution, GetTestCaseExecutionSummary, ListTestCaseExecutionRecords.
def run(token):
    started = connect.start_test_case_execution(InstanceId=I, TestCaseId=T, ClientToken=token)
    assert started['TestCaseId'] == T
    E = started['TestCaseExecutionId']
    again = connect.start_test_case_execution(InstanceId=I, TestCaseId=T, ClientToken=token)
    assert again['TestCaseExecutionId'] == E
    until = time.monotonic() + 60
    while True:
        summary = connect.get_test_case_execution_summary(InstanceId=I, TestCaseId=T, TestCaseExecutionId=E)
        if summary['Status'] not in ('INITIATED', 'IN_PROGRESS'):
            return E, summary
        assert time.monotonic() < until, summary

first, summary = run('one')
records = connect.list_test_case_execution_records(InstanceId=I, TestCaseId=T, TestCaseExecutionId=first)
records = records['ExecutionRecords']
assert summary['Status'] == 'PASSED', records
assert summary['ObservationSummary'] == {
    'TotalObservations': 3, 'ObservationsPassed': 3, 'ObservationsFailed': 0}, summary
assert summary['EndTime'] >= summary['StartTime']
ids = [record['ObservationId'] for record in records if 'ObservationId' in record]
assert ids == ['start', 'ask', 'sent'], records
last = json.loads(records[-1]['Record'])
assert last == {'Type': 'COMPLETION', 'CompletionReason': {'Type': 'SUCCESS'}}, last

# UpdateTestCase: a saved text is not executed, a published one is.
connect.update_test_case(InstanceId=I, TestCaseId=T, Content=content('9999'), Status='SAVED')
assert run('two')[1]['Status'] == 'PASSED'
connect.update_test_case(InstanceId=I, TestCaseId=T, Status='PUBLISHED')
second, summary = run('three')
assert summary['Status'] == 'FAILED', summary
failed = connect.list_test_case_execution_records(InstanceId=I, TestCaseId=T, TestCaseExecutionId=second,
    Status='FAILED')
check = json.loads(failed['ExecutionRecords'][0]['Record'])['Actions'][0]
assert (check['Expected'], check['Found']) == ('9999', '0042'), check

# StopTestCaseExecution, and ListTestCaseExecutions.
connect.stop_test_case_execution(InstanceId=I, TestCaseId=T, TestCaseExecutionId=second)
listed = connect.list_test_case_executions(InstanceId=I, TestCaseId=T, TestCaseName='pin', Status='PASSED',
    StartTime=int((time.time() - 3600) * 1000), EndTime=int((time.time() + 3600) * 1000))
assert len(listed['TestCaseExecutions']) == 2, listed
pages = [connect.list_test_case_executions(InstanceId=I, MaxResults=2)]
pages.append(connect.list_test_case_executions(InstanceId=I, MaxResults=2, NextToken=pages[0]['NextToken']))
assert [len(page['TestCaseExecutions']) for page in pages] == [2, 1], pages

# DeleteTestCase.
connect.delete_test_case(InstanceId=I, TestCaseId=T)
try:
    connect.describe_test_case(InstanceId=I, TestCaseId=T)
    raise AssertionError('the test case must be deleted')
except connect.exceptions.ResourceNotFoundException:
    pass
print('done')
"#;

/// Runs the Python of moto's environment, whose boto3 has the pinned service model, or else the
/// machine's.
#[tokio::test]
async fn boto3_drives_all_operations_of_test_cases() {
    let world = DoorWorld::local().await;
    let moto = std::env::var_os("MOTO_SERVER").map(std::path::PathBuf::from);
    let pinned = moto.map(|program| program.with_file_name("python"));
    let python = pinned.as_deref().and_then(std::path::Path::to_str);
    // Older releases of boto3 lack these operations.
    let look = "import boto3; boto3.client('connect', region_name='eu-west-1').search_test_cases";
    if let Some(mut python) = client(&world, python.unwrap_or("python3"), &["-c", look]).await {
        assert_eq!(output_of(python.args(["-c", OPERATIONS])).await, "done\n");
        let requested = world.requested_operations("connect");
        for operation in [
            "CreateTestCase",
            "DeleteTestCase",
            "DescribeTestCase",
            "GetTestCaseExecutionSummary",
            "ListTestCaseExecutionRecords",
            "ListTestCaseExecutions",
            "ListTestCases",
            "SearchTestCases",
            "StartTestCaseExecution",
            "StopTestCaseExecution",
            "UpdateTestCase",
        ] {
            assert!(requested.iter().any(|one| one == operation), "{operation}");
        }
    }
    world.account.shutdown().await;
}
