import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';

const organizationId = defineSearchAttributeKey('OrganizationId', SearchAttributeType.KEYWORD);
const operationId = defineSearchAttributeKey('OperationId', SearchAttributeType.KEYWORD);

/** How a workflow is found in Temporal's list. Always readable there, so IDs only. */
export function searchAttributesOf(work: { organizationId: string; operationId?: string }): SearchAttributePair[] {
  return [
    { key: organizationId, value: work.organizationId },
    ...(work.operationId === undefined ? [] : [{ key: operationId, value: work.operationId }]),
  ];
}
