import type { KubernetesObject, Loose } from '../support/objects.js';
import { ApiError, type ApiRequest } from './requests.js';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** RBAC as far as it is rendered: Roles and RoleBindings of service accounts. */
export class Access {
  private readonly roles: KubernetesObject[] = [];
  private readonly bindings: KubernetesObject[] = [];

  take(object: KubernetesObject): void {
    if (object.kind === 'Role') this.roles.push(object);
    if (object.kind === 'RoleBinding') this.bindings.push(object);
  }

  tokenOf(namespace: string, serviceAccount: string): string {
    return `system:serviceaccount:${namespace}:${serviceAccount}`;
  }

  /** @throws ApiError 401, 403 */
  require(token: string | undefined, request: ApiRequest): void {
    if (!token) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
    const { verb, group, namespace, name, subresource } = request;
    const resource = subresource ? `${request.resource}/${subresource}` : request.resource;
    const fits = (rule: Loose) =>
      rule.apiGroups.includes(group) &&
      rule.resources.includes(resource) &&
      rule.verbs.includes(verb) &&
      (!rule.resourceNames || rule.resourceNames.includes(name));
    const allowed = this.bindings.some(
      ({ metadata, roleRef, subjects }: Loose) =>
        metadata.namespace === namespace &&
        subjects.some((subject: Loose) => this.tokenOf(subject.namespace, subject.name) === token) &&
        this.roles.some(
          (role: Loose) => role.metadata.name === roleRef.name && role.metadata.namespace === namespace && role.rules.some(fits),
        ),
    );
    if (allowed) return;
    const what = name ? `${resource} "${name}"` : resource;
    throw new ApiError(403, 'Forbidden', `${what} is forbidden: "${token}" cannot ${verb} it in "${namespace}"`);
  }
}
