// The types of an ImmutableApp as the API server returns it. GENERATED from crds/immutableapp.yaml: never edit it, run
// `npm run generate`. An optional field may be absent; its default is in its comment, and applying it is up to app.ts.
import type { V1PodTemplateSpec } from '@kubernetes/client-node';

/**
 * An application. Every change of its content (template and config) becomes a new version with its own immutable config
 * and its own Deployment, started next to the version in service. Traffic moves when every new pod is ready, and a
 * rollback moves it back with a single API call.
 */
export interface ImmutableApp {
  apiVersion: 'immutableapp.io/v1alpha1';
  kind: 'ImmutableApp';
  metadata: ObjectMeta;
  spec: ImmutableAppSpec;
  status?: ImmutableAppStatus;
}
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
/**
 * The desired state. template and config are the content: every change of them is a new version. All other fields are
 * settings: they may change at any time without making one.
 */
export interface ImmutableAppSpec {
  /** The pods of a version, as the user wrote them. */
  template: V1PodTemplateSpec;
  /**
   * Config of the version. Each entry becomes an immutable ConfigMap, one for each version. The template refers to it as
   * to an ordinary ConfigMap with the entry's name (volume, projected, envFrom, valueFrom); the operator rewrites the
   * reference to the version's own copy.
   */
  config?: ConfigSpec[];
  /**
   * A name for the content in this spec, such as "2.4.1" (quote it). After that version has served, the name never means
   * other content. Optional: every version has an id as well.
   */
  version?: string;
  /** The version that is to serve, by name or id. While it is set, traffic stays there. Empty: promotion.mode decides. */
  activeVersion?: string;
  /** Pods of the version that serves. A HorizontalPodAutoscaler may target the ImmutableApp. Default: 1. */
  replicas?: number;
  /**
   * The Services to switch from version to version. Without an Active one the application is a worker: a pod that runs
   * does work, so a new version starts only when it is chosen.
   */
  services?: ServiceSpec[];
  promotion?: PromotionSpec;
  retention?: RetentionSpec;
  disruption?: DisruptionSpec;
  references?: ReferencesSpec;
  /**
   * Receivers that are told what happens to this App, by the names that the platform gives them. One that does not exist
   * is a warning and holds up nothing. It is no part of a version.
   */
  notify?: string[];
  /**
   * What happens to an instance that somebody changed: Replace starts a clean one and moves traffic there, Report only
   * reports it. Default: Replace.
   */
  onDrift?: 'Replace' | 'Report';
  /** If true, no version is created, switched to or deleted; scaling and the repair of Services go on. Default: false. */
  paused?: boolean;
}
export interface ConfigSpec {
  /**
   * The name by which the template refers to it, a DNS subdomain like the name of any ConfigMap. Unique in the list. The
   * version's own ConfigMap is called <instance>.<name>, in at most 253 characters.
   */
  name: string;
  /** Text by key. A key is a file name: letters, digits, "-", "_" and ".". */
  data?: Record<string, string>;
  /** Bytes by key, written in base64, on one line or several. */
  binaryData?: Record<string, string>;
  /**
   * A directory, absolute. If set, every key is mounted there as a file in every container, each by subPath, so that the
   * image's own files in that directory stay visible.
   */
  mountPath?: string;
  /** If true, every key becomes an environment variable of every container (envFrom). Default: false. */
  env?: boolean;
}
export interface ServiceSpec {
  /** Name of the Service. Unique in the list. */
  name: string;
  /** Active follows the version that serves, Preview the latest one. Default: Active. */
  role?: 'Active' | 'Preview';
  /**
   * With ports, the Service is created and owned by the operator. Without, it is an existing one, adopted if it has the
   * annotation immutableapp.io/adopt with the name of this ImmutableApp.
   */
  ports?: ServicePortSpec[];
  /** As in a Service. Default: ClusterIP. */
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  /**
   * The shares of traffic that a new version gets one after the other. For each there is a Service <name>-r1, <name>-r2,
   * …, to which your own route sends a constant share.
   */
  ladder?: {
    /** The share of the traffic once this rung has moved, in percent, those before it included. */
    percent: number;
    /** How long a version stays at this share at least. Not for the last rung. */
    seconds?: number;
  }[];
  /** Labels of the Service. */
  labels?: Record<string, string>;
  /** Annotations of the Service. */
  annotations?: Record<string, string>;
  /** As in a Service. Default: None. */
  sessionAffinity?: 'None' | 'ClientIP';
  /** As in a Service. */
  sessionAffinityConfig?: {
    /** For the affinity ClientIP. */
    clientIP?: {
      /** Default: 10800. */
      timeoutSeconds?: number;
    };
  };
  /** As in a Service. Default: Cluster. */
  internalTrafficPolicy?: 'Cluster' | 'Local';
  /** As in a Service. Default: Cluster. */
  externalTrafficPolicy?: 'Cluster' | 'Local';
  /** As in a Service: PreferSameZone, PreferSameNode. */
  trafficDistribution?: string;
  /** As in a Service. */
  loadBalancerClass?: string;
  /** As in a Service. */
  loadBalancerSourceRanges?: string[];
  /** As in a Service. Default: true. */
  allocateLoadBalancerNodePorts?: boolean;
  /** As in a Service. */
  healthCheckNodePort?: number;
  /** As in a Service. */
  ipFamilies?: ('IPv4' | 'IPv6')[];
  /** As in a Service. */
  ipFamilyPolicy?: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
}
export interface ServicePortSpec {
  /** Needed if there are several ports. */
  name?: string;
  /** The port of the Service. */
  port: number;
  /**
   * The container port, best by its name: then each version may listen where it likes. A port that the version in service
   * does not declare is used from the next version on. Default: the value of port.
   */
  targetPort?: number | string;
  /** Default: TCP. */
  protocol?: 'TCP' | 'UDP' | 'SCTP';
  /** Port on every node, for the types NodePort and LoadBalancer. Default: chosen by the API server. */
  nodePort?: number;
  /** A hint on the application protocol, such as kubernetes.io/h2c. */
  appProtocol?: string;
}
/** How traffic moves to another version. */
export interface PromotionSpec {
  /**
   * Automatic: the latest version serves once its gates pass. Manual: traffic stays until activeVersion names a version.
   * Default: Automatic.
   */
  mode?: 'Automatic' | 'Manual';
  /** How long every pod must have been ready before it counts as available. Default: 0. */
  minReadySeconds?: number;
  /**
   * How long a version may take to become available before it fails. A change of its size meanwhile extends that once, to
   * twice as long at most. Default: 600.
   */
  progressDeadlineSeconds?: number;
  /**
   * How long the previous instance stays unchanged after the endpoints of every Active Service have moved. Default: 30.
   */
  drainSeconds?: number;
  /**
   * For how long after a switch traffic returns by itself if the new instance loses its last available pod and the old
   * one has one; the new version has then failed. An App scaled up from 0 has progressDeadlineSeconds. 0: never.
   * Default: 60.
   */
  failbackSeconds?: number;
  /**
   * Gates that are judged on a version that is up, while another serves. All must pass before it gets traffic. Not asked:
   * where a person pins, on the way back, and about what is proven.
   */
  before?: GateSpec[];
  /**
   * Gates that are judged on the next version while a ladder lends it a share of the traffic. One that fails takes the
   * whole share back, and the version has failed. All must have passed before it gets the rest.
   */
  during?: {
    /** Unique in the list. */
    name: string;
    /** If false, it is judged, shown and counted, and decides nothing. Default: true. */
    enforce?: boolean;
    /**
     * How long it may be judged without passing before it fails. Default: 600; a window waits until it opens, and an
     * approval for people.
     */
    timeoutSeconds?: number;
    /** Hours in which traffic may move. */
    window?: {
      /** A name of the IANA time zone database, such as Europe/Berlin. */
      timeZone: string;
      /** Days on which it opens. Default: every day. */
      days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[];
      /** When it opens, as HH:MM. */
      from: string;
      /** When it closes, as HH:MM; on the next day where that is no later than from. */
      to: string;
      /** Days on which it does not open: 2026-12-24, or the first and the last, 2026-12-24/2027-01-02. */
      except?: string[];
    };
    /** A GET request to every ready pod of the version, by its own address. Redirects are not followed. */
    http?: {
      /** Name of a TCP port of a container. */
      port: string;
      /** Default: /. */
      path?: string;
      /** Sent with it. Everybody who may read the App can read them. */
      headers?: {
        /** Name of the header. */
        name: string;
        /** What it says. */
        value: string;
      }[];
      /** Status codes that are good. Default: 200. */
      status?: number[];
      /** How long after an answer the next one is asked for. Default: 5. */
      intervalSeconds?: number;
      /** So many good rounds in a row pass. Default: 3. */
      passes?: number;
      /** So many bad rounds in a row fail. Default: 3. */
      failures?: number;
    };
    /** A number that a metrics server which the platform defines gives for a query. */
    prometheus?: {
      /** A source that the platform defines. */
      source: string;
      /**
       * PromQL that gives one number. $namespace, $app, $version, $instance and $pods, a regular expression for its pods, are
       * replaced.
       */
      query?: string;
      /** A value above it is bad. */
      max?: number;
      /** A value below it is bad. */
      min?: number;
      /** How long after a value the next one is asked for. Default: 30; of a comparison 10. */
      intervalSeconds?: number;
      /** How long values are within bounds before it passes. Default: 300. */
      forSeconds?: number;
      /** So many bad values in a row fail. Default: 1. */
      failures?: number;
      /** So many values at least before it passes. Default: 3. */
      minimum?: number;
      /**
       * Whether it has more errors than what serves, beside it, under the same traffic. Both queries are asked of both, and
       * give counters that only grow. Only in during.
       */
      compare?: {
        /** PromQL for the number of requests, such as sum(requests_total{pod=~"$pods"}). */
        total: string;
        /** The same for those that failed or were too slow. */
        bad: string;
        /** So many times the errors of what serves are allowed. Default: 1.25. */
        atMost?: number;
      };
      /** How likely a false alarm may be, of all comparisons of a version together. Default: 0.01. */
      alpha?: number;
      /** So many requests at least before a comparison passes. Default: 200. */
      minimumRequests?: number;
    };
    /** A service that the platform defines is asked for its verdict. */
    webhook?: {
      /** A source that the platform defines. */
      source: string;
      /** How long after an answer that is neither pass nor fail it is asked again. Default: 15. */
      intervalSeconds?: number;
    };
    /** People approve a version by its id, in annotation immutableapp.io/approve: "<id> by <user>, <id> by <user>". */
    approval?: {
      /** So many different people. */
      count: number;
    };
    /** A Job that must complete, once for each instance of a version. */
    job?: {
      /**
       * The spec of a Job of batch/v1. Its containers get IMMUTABLEAPP_APP, IMMUTABLEAPP_VERSION, IMMUTABLEAPP_INSTANCE and,
       * for each port of the first Active Service, IMMUTABLEAPP_URL_ and its name, by which the version that is judged is
       * reached.
       */
      spec: {
        /** Refused; the Job goes with its version. */
        ttlSecondsAfterFinished?: number;
        /** Refused if true. */
        suspend?: boolean;
        /** Its pods. */
        template: Record<string, unknown>;
      };
    };
  }[];
  /**
   * Gates that are judged on what serves, from the moment when it has all traffic until all have passed. One that fails
   * takes traffic back to what served before, and the version has failed. Nothing is taken back from a pin.
   */
  after?: GateSpec[];
  /**
   * Always: a version comes up next to the one in service. Never, for what cannot run twice: no two versions have pods at
   * a time. The one in service stops before the next one starts, so nothing serves in between, and neither previews nor
   * warm versions have pods. Default: Always.
   */
  overlap?: 'Always' | 'Never';
  /** Pods of the newest version while nobody has named it. It is brought to full size before any switch. Default: 1. */
  previewReplicas?: number;
}
export interface GateSpec {
  /** Unique in the list. */
  name: string;
  /** If false, it is judged, shown and counted, and decides nothing. Default: true. */
  enforce?: boolean;
  /**
   * How long it may be judged without passing before it fails. Default: 600; a window waits until it opens, and an
   * approval for people.
   */
  timeoutSeconds?: number;
  /** Hours in which traffic may move. */
  window?: {
    /** A name of the IANA time zone database, such as Europe/Berlin. */
    timeZone: string;
    /** Days on which it opens. Default: every day. */
    days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[];
    /** When it opens, as HH:MM. */
    from: string;
    /** When it closes, as HH:MM; on the next day where that is no later than from. */
    to: string;
    /** Days on which it does not open: 2026-12-24, or the first and the last, 2026-12-24/2027-01-02. */
    except?: string[];
  };
  /** A GET request to every ready pod of the version, by its own address. Redirects are not followed. */
  http?: {
    /** Name of a TCP port of a container. */
    port: string;
    /** Default: /. */
    path?: string;
    /** Sent with it. Everybody who may read the App can read them. */
    headers?: {
      /** Name of the header. */
      name: string;
      /** What it says. */
      value: string;
    }[];
    /** Status codes that are good. Default: 200. */
    status?: number[];
    /** How long after an answer the next one is asked for. Default: 5. */
    intervalSeconds?: number;
    /** So many good rounds in a row pass. Default: 3. */
    passes?: number;
    /** So many bad rounds in a row fail. Default: 3. */
    failures?: number;
  };
  /** A number that a metrics server which the platform defines gives for a query. */
  prometheus?: {
    /** A source that the platform defines. */
    source: string;
    /**
     * PromQL that gives one number. $namespace, $app, $version, $instance and $pods, a regular expression for its pods, are
     * replaced.
     */
    query?: string;
    /** A value above it is bad. */
    max?: number;
    /** A value below it is bad. */
    min?: number;
    /** How long after a value the next one is asked for. Default: 30; of a comparison 10. */
    intervalSeconds?: number;
    /** How long values are within bounds before it passes. Default: 300. */
    forSeconds?: number;
    /** So many bad values in a row fail. Default: 1. */
    failures?: number;
    /** So many values at least before it passes. Default: 3. */
    minimum?: number;
    /**
     * Whether it has more errors than what serves, beside it, under the same traffic. Both queries are asked of both, and
     * give counters that only grow. Only in during.
     */
    compare?: {
      /** PromQL for the number of requests, such as sum(requests_total{pod=~"$pods"}). */
      total: string;
      /** The same for those that failed or were too slow. */
      bad: string;
      /** So many times the errors of what serves are allowed. Default: 1.25. */
      atMost?: number;
    };
    /** How likely a false alarm may be, of all comparisons of a version together. Default: 0.01. */
    alpha?: number;
    /** So many requests at least before a comparison passes. Default: 200. */
    minimumRequests?: number;
  };
  /** A service that the platform defines is asked for its verdict. */
  webhook?: {
    /** A source that the platform defines. */
    source: string;
    /** How long after an answer that is neither pass nor fail it is asked again. Default: 15. */
    intervalSeconds?: number;
  };
  /** People approve a version by its id, in annotation immutableapp.io/approve: "<id> by <user>, <id> by <user>". */
  approval?: {
    /** So many different people. */
    count: number;
  };
  /** A Job that must complete, once for each instance of a version. */
  job?: {
    /**
     * The spec of a Job of batch/v1. Its containers get IMMUTABLEAPP_APP, IMMUTABLEAPP_VERSION, IMMUTABLEAPP_INSTANCE and,
     * for each port of the first Active Service, IMMUTABLEAPP_URL_ and its name, by which the version that is judged is
     * reached.
     */
    spec: {
      /** Refused; the Job goes with its version. */
      ttlSecondsAfterFinished?: number;
      /** Refused if true. */
      suspend?: boolean;
      /** Its pods. */
      template: Record<string, unknown>;
    };
  };
}
/** What is kept of older versions. */
export interface RetentionSpec {
  /** How many versions that served before keep running, for an instant rollback. Default: 1. */
  warm?: number;
  /** How long they keep running after their drain. Default: 600. */
  warmSeconds?: number;
  /**
   * How long one pod of the version that failed last stays, for its logs. It never gets traffic. 0: no pod stays.
   * Default: 600.
   */
  failedSeconds?: number;
  /**
   * How many versions that served are kept as records, from which they can be started again. Of those that failed or
   * never served the last 3 are kept, too. Default: 10.
   */
  versions?: number;
}
/**
 * A PodDisruptionBudget for each instance, so that warm pods never count for active ones. Pods that are not ready never
 * block a drain, and a preview gets no budget that would leave it no pod to spare. Default: none.
 */
export interface DisruptionSpec {
  /** Pods of an instance that may be away when nodes are drained, a number or a percentage. */
  maxUnavailable?: number | string;
  /** Pods of an instance that must be there when nodes are drained, a number or a percentage. */
  minAvailable?: number | string;
}
/** What happens to objects that the template refers to and config does not define. */
export interface ReferencesSpec {
  /**
   * Capture copies them into the version, and a change of one makes a new version once it has settled; well-known CA
   * bundles and ConfigMaps labelled immutableapp.io/capture=false stay live. Live: pods read them as they change. Forbid
   * refuses them. Default: Capture.
   */
  configMaps?: 'Capture' | 'Live' | 'Forbid';
  /**
   * Live: pods read them as they change. Forbid refuses Secrets that containers see or volumes are mounted with, but not
   * imagePullSecrets. The operator never reads a Secret. Default: Live.
   */
  secrets?: 'Live' | 'Forbid';
  /**
   * Live allows tags. Watched writes down which digest each container ran when a version was first fully available, and
   * warns of pods that run another one, since a tag was moved. Pinned also runs every later instance of a version by
   * these digests, and replaces an instance that runs another one. Digest refuses an image without a digest. Default:
   * what the operator's --default says, else Live.
   */
  images?: 'Live' | 'Watched' | 'Pinned' | 'Digest';
}
/** The observed state. A report only; if it is lost, it is written anew and no traffic moves. */
export interface ImmutableAppStatus {
  /** The generation of the spec that this status judges; -1 until there is a report. */
  observedGeneration?: number;
  /**
   * Available: users are served, every Active Service reaches an available pod. Ready: the version that was asked for
   * serves. UpToDate: the content of spec serves, captured config included. Reconciling and Stalled are present only
   * while true. Enforced: the admission policies are in force.
   */
  conditions?: Condition[];
  /** Id of the version that serves. */
  activeVersion?: string;
  /** A name of the version that serves, if it has one. */
  activeName?: string;
  /** The Deployment that serves. */
  activeInstance?: string;
  /** Id of the version of the content in spec. */
  latestVersion?: string;
  /** The version that serves, for people: its name and, in brackets, its id without the name of the App. */
  serves?: string;
  /** The version of the content in spec, for people. */
  latest?: string;
  /** Available and desired pods of the active instance. */
  pods?: string;
  /** The share of the traffic that a version which comes up has by a ladder, in percent; absent while there is none. */
  share?: string;
  /** The value of spec.activeVersion last acted on, to distinguish a removal from an edit. */
  decision?: string;
  /** The pin last acted on, as it was typed. */
  pinned?: string;
  /** Pods of the active instance. */
  replicas?: number;
  /** Pods of the active instance that are available. */
  readyReplicas?: number;
  /** Selects the pods of the active instance, for a HorizontalPodAutoscaler. */
  selector?: string;
  /** The versions on record, newest first. */
  versions?: VersionStatus[];
  /** The Services of spec.services. */
  services?: ServiceStatus[];
  /** The last 20 switches of traffic, newest first. */
  history?: FlipStatus[];
  /** Objects that the version in service refers to and that may change under it, as Kind/name. */
  mutableReferences?: string[];
  /** What the platform sets where spec says nothing. */
  defaults?: {
    /** As spec.references.images. */
    images?: string;
  };
  /** Problems that do not stop the App. */
  warnings?: WarningStatus[];
}
export interface Condition {
  type: string;
  status?: 'True' | 'False' | 'Unknown';
  observedGeneration?: number;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}
export interface VersionStatus {
  /** The version's id: the name of the ImmutableApp and ten characters of the fingerprint. */
  id: string;
  /**
   * For people: name and short id. Name+ConfigMap for a version that a changed ConfigMap made of a named one, which has
   * no name of its own.
   */
  called?: string;
  /** The hash of the content. */
  fingerprint?: string;
  /** Names by which activeVersion may call it. */
  names?: string[];
  /** Active, Target, Preview, Warm, Cold, Failed and the like. */
  state?: string;
  /** Why it is in that state. */
  reason?: string;
  /** What to do next. */
  message?: string;
  /** When its record was written. */
  createdAt?: string;
  /** When it last began to serve. Absent if it never did. */
  servedFrom?: string;
  /**
   * When it last ceased to serve. Absent while it serves. Without servedFrom: until then it may have served, and nobody
   * can tell.
   */
  servedUntil?: string;
  /** The images of its containers. */
  images?: {
    container?: string;
    /** As its template names it. */
    image?: string;
    /** What it ran when the version was first fully available, where spec.references.images watches that. */
    digest?: string;
    /** Another digest, which a pod of it runs now. The tag was moved. */
    runs?: string;
  }[];
  failure?: FailureStatus;
  /** Instances of it that were compromised, the last one first. They never serve again. */
  discarded?: {
    instance?: string;
    /** What was changed. */
    message?: string;
    /** Who changed it, as far as that left traces. */
    by?: string;
    at?: string;
  }[];
  /** What each gate last said. */
  gates?: GateStatus[];
  /** The Deployments that run it. */
  instances?: InstanceStatus[];
}
/** Why it failed, if it did. */
export interface FailureStatus {
  reason?: string;
  /** What the container, the kubelet, the scheduler or admission said last. */
  message?: string;
  container?: string;
  exitCode?: number;
  instance?: string;
  at?: string;
}
export interface GateStatus {
  name: string;
  /** before or after, of a gate in spec; none of what every version has to be. */
  phase?: string;
  /** pass, wait or fail. */
  verdict?: string;
  /** False of a gate that decides nothing. */
  enforced?: boolean;
  reason?: string;
  message?: string;
  /** When it began to be judged. */
  startedAt?: string;
  /** When its verdict was final. */
  finishedAt?: string;
  /**
   * The last five, the newest first, once one was not good or the verdict is final. Until then they are told again only
   * when one says something else.
   */
  measurements?: {
    at?: string;
    /** good, bad, none or error. */
    result?: string;
    message?: string;
  }[];
}
export interface InstanceStatus {
  /** Name of the Deployment. */
  name: string;
  /** Its uid: a Deployment that is created again under the same name has another. */
  uid?: string;
  /** Active, Target, Draining, Discarded, Preview, Warm or Surplus. */
  role?: string;
  /** Pods that exist. */
  replicas?: number;
  /** Pods that are available. */
  ready?: number;
  /** Pods that it should have. */
  desired?: number;
  /** The generation of the Deployment last found clean. */
  generation?: number;
  /** Traffic was switched to it at 0 replicas, and no pod of it has been available since. */
  unproven?: boolean;
}
export interface ServiceStatus {
  name: string;
  /** Active or Preview. */
  role?: string;
  /** The Deployment it selects. */
  instance?: string;
  /** Whether its endpoints are the ready pods of that instance and no others. */
  converged?: boolean;
  /** Of a Service with a ladder, the share that a version which comes up has. */
  ladder?: {
    /** The highest rung that has moved; 0 for none. */
    rung?: number;
    /** How many there are. */
    rungs?: number;
    /** Its share of the traffic, if the route has the weights of the ladder. */
    percent?: number;
    /** The Deployment that has it. */
    instance?: string;
    /** Since when. */
    since?: string;
    /** When the next rung may move at the earliest. */
    next?: string;
  };
}
export interface FlipStatus {
  /** Counts the switches of traffic. */
  switchNumber?: number;
  at?: string;
  /** The instance that served. */
  from?: string;
  /** The instance that serves from then on. */
  to?: string;
  /** The name of its version at that time, if it had one. */
  name?: string;
  reason?: string;
  /**
   * Who is behind it, if managedFields tell: the field manager that wrote the decision or the content, or the ConfigMaps
   * that changed, with theirs.
   */
  by?: string;
  /** The people who approved the version, where its gates asked for that. */
  approvedBy?: string[];
}
export interface WarningStatus {
  reason?: string;
  message?: string;
}
