/**
 * The forms of what the panel exchanges with ComfyUI's frontend (comfyui.js) and with the pack's server.
 *
 * @typedef {Record<string, {class_type: string, inputs: Record<string, any>, _meta?: {title?: string}}>} Api
 * @typedef {{filename: string, subfolder: string, type: string}} Picture
 * @typedef {{mean: number, deviation: number, position: number, low: number, high: number, words: string,
 *   certainty: string, warning: string|null, evidence?: string}} Quality `evidence` is what it rests on
 * @typedef {{choice: string, value: string, reason: string}} Reason
 * @typedef {{kind: string, words: string}} Stage
 *
 * @typedef {object} Card A written workflow, as Prompt to Workflow hands it out.
 * @property {number} number
 * @property {Api} api
 * @property {string} [script]
 * @property {string} text what the picture model reads
 * @property {string} [negative]
 * @property {number} seed
 * @property {string} [read]
 * @property {string[]} [notes] what was asked for and is not done, a sentence each
 * @property {{file: string, name?: string, family: string, title: string}|null} model null where it is not known
 * @property {[number, number]|null} size
 * @property {{file: string, strength: number}[]} [loras]
 * @property {Stage[]} stages
 * @property {string} [sampler]
 * @property {string} [scheduler]
 * @property {number} [steps]
 * @property {number} [cfg]
 * @property {Reason[]} [reasons]
 * @property {Quality|null} [quality]
 * @property {string} [no_quality] why there is no expected quality
 * @property {number} [log_probability]
 * @property {number} [draws]
 *
 * @typedef {object} Chip What was read in a prompt, or was chosen for what was read.
 * @property {string} kind
 * @property {string} value as its menu has it, where there is one
 * @property {string} label
 * @property {number|null} start first character in the prompt, as JavaScript counts; null where it does not stand there
 * @property {number|null} end
 * @property {string} words the words that said it
 * @property {string} reason
 * @property {"prompt"|"menu"|"chosen"} origin who asked for it
 * @property {string|null} menu the menu that sets the same
 * @property {string[]|null} how_to_change the other values of that menu
 *
 * @typedef {object} Read What a prompt says.
 * @property {string} text
 * @property {string} line
 * @property {Chip[]} chips
 * @property {string[]} notes what cannot be done
 * @property {string|null} [problem] why no workflow can be written at all
 * @property {boolean} [building] whether the installation is not known yet
 *
 * @typedef {{api: Api, node: string, picture: Picture, prompt: string}} Rendered A picture, the workflow that made it, and
 *   the node in it that saved it.
 *
 * @typedef {object} CardContext What the cards share.
 * @property {Comfyui} comfyui
 * @property {Texts} texts
 * @property {string} prompt
 * @property {(rendered: Rendered) => Promise<HTMLElement|null>} rate returns what rates a picture
 * @property {(view: any, on: boolean) => void} compared
 * @property {(card: Card, id: string) => void} ran
 * @property {(text: string) => void} announce
 *
 * @typedef {{edit: string, node_id: string, input?: string, value?: any, from?: [string, number], class_type?: string,
 *   inputs?: Record<string, any>, title?: string}} Edit
 * @typedef {{title: string, reason: string, edits: Edit[], gain?: number|null, deviation?: number|null,
 *   certainty?: string|null}} Change
 * @typedef {{node_id: string|null, class_type?: string|null, input?: string|null, kind: string,
 *   severity: "error"|"warning", message: string, change?: Change|null}} Finding
 * @typedef {{substitutions: {title: string, reason: string}[], edits: Edit[], missing: Finding[]}} Proposal
 *
 * @typedef {{status: "success"|"error"|"interrupted"|"lost", outputs: Record<string, any>,
 *   error?: {message: string, nodeId?: string|null}}} Ended
 * @typedef {object} Run A queued prompt.
 * @property {string} id
 * @property {(kind: string, listener: (detail: any) => void) => void} on
 * @property {Promise<Ended>} done
 * @property {() => Promise<void>|void} cancel
 *
 * @typedef {object} OpenGraph
 * @property {any} tab
 * @property {Api} api
 * @property {{id: string, type: string, title: string}[]} nodes
 *
 * @typedef {object} Comfyui What comfyui.js offers.
 * @property {(path: string) => Promise<any>} getJson
 * @property {(path: string, body: any) => Promise<any>} postJson
 * @property {(picture: Picture) => string} imageUrl
 * @property {(prompt: Api, options?: {front?: boolean, extraData?: object}) => Promise<Run>} queue
 * @property {(id: string) => Run|Promise<Run>} follow
 * @property {(api: Api, name: string, options?: {app?: {inputs: [string, string][], outputs: string[]}}) =>
 *   Promise<{missing: string[]}>} openWorkflow
 * @property {() => Promise<OpenGraph>} graph
 * @property {(tab: any, edits: any[]) => Promise<string[]>} apply
 * @property {(tab: any, marks: {node: string, message: string, severity: "error"|"warning"}[]) => any} mark
 * @property {() => any} clearMarks
 * @property {(tab: any, node: string) => any} showNode
 * @property {(id: string) => any} setting
 * @property {(id: string, value: any) => any} saveSetting
 * @property {() => string} language
 * @property {(kind: any, summary: string, detail?: string) => void} toast
 * @property {(limit: number) => Promise<any[]>} history
 * @property {(listener: () => void) => any} onReconnected
 * @property {() => boolean} hasAppMode
 *
 * @typedef {(key: string, values?: Record<string, any>) => string} Texts
 */
export {};
